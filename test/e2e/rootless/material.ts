import { chmodSync, chownSync, copyFileSync, linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeBusyboxRoot } from "../../busybox-root.ts";
import { runOk } from "../../outside.ts";

const applets =
  "sh cat chmod chown cp env head id ip ln ls mkdir mknod mv rm sleep sort stat stty test touch true tty umask uname wc yes";

/** Makes, as root, a small root file system of many owners, devices and capabilities in `directory`, and a tar of it beside. */
export async function makeBase(directory: string): Promise<string> {
  const at = (path: string) => join(directory, path);
  for (const path of ["dev", "etc", "home/alice", "root", "srv/closed", "tmp", "usr/bin", "var/lib/data"])
    mkdirSync(at(path), { recursive: true });
  makeBusyboxRoot(directory, applets);
  writeFileSync(
    at("etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n",
  );
  linkSync(at("etc/passwd"), at("etc/passwd.link"));
  writeFileSync(at("etc/group"), "root:x:0:\nstaff:x:50:alice\nalice:x:1000:\nnogroup:x:65534:\n");
  const owned: [path: string, uid: number, gid: number, mode: number, content?: string][] = [
    ["etc/shadow", 0, 42, 0o640, "root:*::::::\n"],
    ["home/alice/note", 1000, 1000, 0o644, "hi\n"],
    ["home/alice", 1000, 1000, 0o700],
    ["var/lib/data/secret", 33, 33, 0o600, "data\n"],
    ["var/lib/data", 33, 33, 0o2750],
    ["srv/unreadable", 60000, 60000, 0, ""],
    ["srv/closed/inside", 0, 0, 0o644, "in\n"],
    ["srv/closed", 0, 0, 0],
    ["tmp", 0, 0, 0o1777],
  ];
  for (const [path, uid, gid, mode, content] of owned) {
    if (content !== undefined) writeFileSync(at(path), content);
    chownSync(at(path), uid, gid);
    chmodSync(at(path), mode);
  }
  copyFileSync(at("bin/busybox"), at("usr/bin/as-root"));
  chmodSync(at("usr/bin/as-root"), 0o4755);
  copyFileSync(at("bin/busybox"), at("usr/bin/capable"));
  await runOk(["setcap", "cap_net_raw+ep", at("usr/bin/capable")]);
  await runOk(["mknod", "-m", "666", at("dev/null2"), "c", "1", "3"]);
  await runOk(["mknod", "-m", "640", at("dev/disk"), "b", "7", "0"]);
  await runOk(["mkfifo", at("dev/pipe")]);
  const tar = `${directory}.tar`;
  await runOk([
    "tar",
    "--xattrs",
    "--xattrs-include=*",
    "--numeric-owner",
    "--sort=name",
    "-C",
    directory,
    "-cf",
    tar,
    ".",
  ]);
  chmodSync(tar, 0o644);
  return tar;
}

/** A multi-stage build whose steps are the same every time; with `chown`, some give files to others. */
export function makeContext(directory: string, options: { chown: boolean }): void {
  mkdirSync(join(directory, "tree/b/c"), { recursive: true });
  for (let index = 0; index < 30; index++) {
    const path = join(directory, `tree/node_modules/p${index}/lib`);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "index.js"), `export default ${index};\n`);
  }
  writeFileSync(join(directory, "app.conf"), "listen 80\n");
  const give = (owner: string, path: string) => (options.chown ? ` && chown -R ${owner} ${path}` : "");
  const dockerfile = `FROM base:1 AS builder
WORKDIR /work
COPY --chown=1000:50 tree ./tree
RUN mkdir -p /out/www && cp -r tree /out/www/${give("33:33", "/out/www")} && chmod 2775 /out/www
RUN echo 'bob:x:1234:1234::/home/bob:/bin/sh' >> /etc/passwd && mkdir /home/bob${give("1234:1234", "/home/bob")} && chmod 750 /home/bob
RUN cp /bin/busybox /usr/bin/as-bob${give("0:1234", "/usr/bin/as-bob")} && chmod 4750 /usr/bin/as-bob
RUN rm -rf /srv/closed /var/lib/data/secret /home/alice && mkdir /srv/closed && echo new > /srv/closed/new && mv /bin/ls /bin/ls.bak && ln /etc/passwd /etc/passwd.third
FROM base:1
COPY --from=builder --chown=alice:staff /out /out
COPY --from=builder /usr/bin/as-bob /usr/bin/as-bob
COPY --from=builder /out/www/tree/node_modules /modules
COPY --chown=nobody --chmod=640 app.conf /etc/app.conf
RUN rm -rf /out/www/tree/node_modules/p1 && touch /made${give("alice", "/etc/app.conf")} && chmod 1777 /srv
USER nobody
WORKDIR /home/alice/new
CMD ["id"]
`;
  writeFileSync(join(directory, "Dockerfile"), dockerfile);
}

/** Unpacks a tar as root, with everything that is in it. */
export async function extract(tar: string, directory: string): Promise<string> {
  mkdirSync(directory, { recursive: true });
  await runOk(["tar", "--xattrs", "--xattrs-include=*", "--numeric-owner", "-xpf", tar, "-C", directory]);
  return directory;
}
