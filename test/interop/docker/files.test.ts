/** diff, cp and export beside docker's own: the same scripts in containers of the same image, the same trees afterwards. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { makeStepRoot } from "../../e2e/sandbox/step-root.ts";
import { kasane, missing, run, runOk } from "../../outside.ts";
import { type DockerDaemon, type Scratch, scratch, startDockerd } from "../peers.ts";

setDefaultTimeout(120_000);
const isMissing = missing("docker", "dockerd", "busybox") || process.getuid?.() !== 0;
let directory: Scratch;
let daemon: DockerDaemon;
const at = (name: string) => join(directory.path, name);

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("docker-files");
  await makeStepRoot(
    at("rootfs"),
    `mkdir -p srv/dir/sub var/lib; echo a > srv/a; echo b > srv/dir/b; ln srv/a srv/hard; ln -s b srv/dir/l; chown 33:44 srv/dir/b
     ln -s /srv link; ln -s ../etc var/up; ln -s loop loop; ln -s nowhere dangling; ln -s srv/a tofile; ln -s srv/dir todir; mkfifo srv/fifo`,
  );
  await runOk(["tar", "-C", at("rootfs"), "--owner=0", "--group=0", "-cf", at("rootfs.tar"), "."]);
  await runOk(ours("import", at("rootfs.tar"), "box"));
  await runOk(ours("save", "-o", at("box.tar"), "box"));
  daemon = await startDockerd();
  await daemon.docker("load", "-i", at("box.tar"));
  makeInput(at("in"));
});
afterAll(async () => {
  if (isMissing) return;
  await daemon[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const ours = (...argv: string[]) => [kasane, "--root", at("store"), ...argv];
const theirs = (...argv: string[]) => [...daemon.docker.argv, ...argv];
const sides = [
  ["ours", ours],
  ["theirs", theirs],
] as const;

/** What somebody may want to copy into a container. */
function makeInput(path: string): void {
  mkdirSync(join(path, "dir/sub"), { recursive: true });
  writeFileSync(join(path, "a"), "a of the host\n");
  writeFileSync(join(path, "dir/b"), "b of the host\n");
  linkSync(join(path, "dir/b"), join(path, "dir/hard"));
  symlinkSync("b", join(path, "dir/l"));
  // Of the container's own link of that name it differs in its time: docker rounds times that Kasane keeps, so a second between them is no matter.
  lutimesSync(join(path, "dir/l"), 1_000_000_000, 1_000_000_000);
  symlinkSync("dir", join(path, "dlink"));
  symlinkSync("a", join(path, "flink"));
  chownSync(join(path, "dir/b"), 12, 34);
  chmodSync(join(path, "dir/b"), 0o640);
  mkdirSync(join(path, "clash/tmp"), { recursive: true });
  chmodSync(join(path, "clash/tmp"), 0o1777);
  writeFileSync(join(path, "clash/tmp/dir"), "a file");
}

/** What differs because it is the engine's own: names the machine has in a container, and mount points. */
const isOurs = (path: string) =>
  !/^(\.dockerenv$|dev|proc|sys|etc\/(hostname|hosts|mtab|resolv\.conf)$)/.test(path);

/** Path, type, mode, owner, size and link of every member of a tar. */
async function listing(tar: string): Promise<string[]> {
  const lines = (await runOk(["tar", "-tvf", tar, "--numeric-owner"])).trim().split("\n");
  return lines
    .map((line) => /^(\S+) (\S+) +(\S+) \S+ \S+ (.*)$/.exec(line)!)
    .map(([, mode, owner, size, path]) => ({
      path: path!.replace(/^\.\//, "").replace("link to ./", "link to "),
      mode,
      owner,
      size,
    }))
    .filter(({ path }) => path !== "" && isOurs(path.replace(/ .*/, "")))
    .map(({ path, mode, owner, size }) => [path, mode, owner, size].join(" "))
    .sort();
}

describe.skipIf(isMissing)("diff tells what docker's tells:", () => {
  const scripts = {
    nothing: "true",
    "what is new": "mkdir -p /d/e; echo x > /d/e/f; echo y > /srv/new; mkfifo /pipe; ln -s x /srv/newlink",
    "what is changed":
      "echo more >> /etc/group; touch /etc/passwd; chmod 700 /var; ln -sfn /etc /link; echo x > /srv/hard",
    "what is gone": "rm /bin/ls; rm -r /srv/dir; rm /link",
    "a directory that was made again":
      "rm -r /srv/dir; mkdir /srv/dir; echo x > /srv/dir/new; ln -s b /srv/dir/l",
    "files and directories in each other's place":
      "rm -r /srv/dir /bin/ls; echo x > /srv/dir; mkdir -p /bin/ls/x",
    "times of directories": "touch /srv /tmp; mkdir /tmp/x; rmdir /tmp/x",
    "what was made and is gone": "echo x > /tmp/x; rm /tmp/x; chmod 700 /etc/group; chmod 644 /etc/group",
    "what moved": "mv /srv/a /srv/z; mv /srv/dir /dir",
  };
  test.each(Object.entries(scripts))("%s", async (name, script) => {
    const [actual, expected] = await Promise.all(
      sides.map(async ([, command]) => {
        const container = `diff-${name.replace(/\W+/g, "-")}`;
        await runOk(command("run", "--name", container, "--network", "none", "box", "sh", "-c", script));
        const out = await runOk(command("diff", container));
        await runOk(command("rm", container));
        return out.split("\n").filter(Boolean);
      }),
    );
    // Docker's own order of names in a directory is another each time.
    expect(actual!.toSorted()).toEqual(expected!.toSorted());
    for (const [index, line] of actual!.entries()) {
      const parent = actual!.findIndex((other) => line.slice(2).startsWith(`${other.slice(2)}/`));
      expect(parent).toBeLessThan(index);
    }
  });
});

/** Arguments of `cp`; IN is the directory made above. */
const into: readonly (readonly [source: string, destination: string])[] = [
  ["IN/a", "/"],
  ["IN/a", "/tmp"],
  ["IN/a", "/tmp/"],
  ["IN/a", "/tmp/new"],
  ["IN/a", "tmp/relative"],
  ["IN/a", "/etc/../tmp/../../tmp/dots"],
  ["IN/a", "/srv/a"],
  ["IN/a", "/tofile"],
  ["IN/a", "/todir"],
  ["IN/a", "/link"],
  ["IN/a", "/var/up/x"],
  ["IN/a", "/dangling"],
  ["IN/a", "/bin/ls"],
  ["IN/a", "/srv/hard"],
  ["IN/dir", "/tmp"],
  ["IN/dir", "/tmp/d2"],
  ["IN/dir", "/tmp/d2/"],
  ["IN/dir/", "/tmp/d3"],
  ["IN/dir/.", "/tmp/d4"],
  ["IN/dir/.", "/var"],
  ["IN/dir", "/srv"],
  ["IN/dlink", "/tmp/link1"],
  ["IN/dlink/", "/tmp/link2"],
  ["IN/dlink/.", "/tmp/link3"],
  ["IN/flink", "/tmp/link4"],
  ["IN/clash/.", "/"],
  // What cannot be.
  ["IN/a", "/loop/x"],
  ["IN/a", "/no/such"],
  ["IN/a", "/no/"],
  ["IN/dir", "/no/such"],
  ["IN/dir", "/srv/a"],
  ["IN/nope", "/tmp"],
  ["IN/a/", "/tmp"],
];

const outOf = [
  ["/srv", "new"],
  ["/srv", "there"],
  ["/srv/", "there"],
  ["/srv/.", "there"],
  ["/srv/.", "new"],
  ["srv/dir", "there/"],
  ["/srv/a", "there"],
  ["/srv/a", "new"],
  ["/srv/a", "file"],
  ["/link", "there"],
  ["/link/", "there"],
  ["/link/.", "new"],
  ["/link/dir", "there"],
  ["/var/up/passwd", "there"],
  ["/tofile", "new"],
  ["/todir", "new"],
  ["/dangling", "new"],
  ["/", "new"],
  // What cannot be.
  ["/srv/a", "no/such"],
  ["/srv/a", "no/"],
  ["/srv", "file"],
  ["/srv/a/", "new"],
  ["/nope", "new"],
  ["/loop/x", "new"],
] as const;

describe.skipIf(isMissing)("cp does what docker's does,", () => {
  const container = async (command: (...argv: string[]) => string[], name: string) => {
    await runOk(command("run", "--name", name, "--network", "none", "box", "true"));
  };

  for (const follow of [[], ["-L"]]) {
    test(`into a container ${follow}`, async () => {
      const name = `into${follow.length}`;
      const codes = await Promise.all(
        sides.map(async ([side, command]) => {
          await container(command, name);
          const ends: [string, number][] = [];
          for (const [source, destination] of into) {
            const argv = ["cp", ...follow, source.replace("IN", at("in")), `${name}:${destination}`];
            ends.push([`${source} → ${destination}`, (await run(command(...argv))).code]);
          }
          const tar = Bun.file(at("box.tar"));
          for (const destination of ["/var/lib", "/srv/a", "/no"]) {
            const argv = command("cp", "-", `${name}:${destination}`);
            ends.push([`- → ${destination}`, (await run(argv, { stdin: tar })).code]);
          }
          await runOk(command("export", "-o", at(`${side}-${name}.tar`), name));
          return ends;
        }),
      );
      expect(codes[0]).toEqual(codes[1]!);
      const [actual, expected] = await Promise.all(sides.map(([side]) => listing(at(`${side}-${name}.tar`))));
      expect(actual).toEqual(expected!);
      const [changed, told] = await Promise.all(sides.map(([, command]) => runOk(command("diff", name))));
      expect(changed!.split("\n").sort()).toEqual(told!.split("\n").sort());
    });

    test(`out of a container ${follow}`, async () => {
      const name = `out${follow.length}`;
      const ends = await Promise.all(
        sides.map(async ([side, command]) => {
          await container(command, name);
          const results: unknown[] = [];
          for (const [source, destination] of outOf) {
            const target = at(`${side}-out`);
            rmSync(target, { recursive: true, force: true });
            mkdirSync(join(target, "there"), { recursive: true });
            writeFileSync(join(target, "file"), "old\n");
            const argv = command("cp", ...follow, `${name}:${source}`, join(target, destination));
            const { code } = await run(argv);
            await runOk(["tar", "-C", target, "--sort=name", "-cf", `${target}.tar`, "."]);
            const listed = (await listing(`${target}.tar`)).filter(
              (line) => !/(^|\/)(etc|dev|proc|sys|\.dockerenv)\b/.test(line),
            );
            results.push([`${source} → ${destination}`, code, listed]);
          }
          return results;
        }),
      );
      expect(ends[0]).toEqual(ends[1]!);
    });
  }

  test("to standard output", async () => {
    const lists = await Promise.all(
      sides.map(async ([side, command]) => {
        await container(command, "stdout");
        const all: string[][] = [];
        for (const path of ["/srv", "/srv/", "/srv/.", "/srv/dir/b", "/link", "/link/"]) {
          const child = Bun.spawn(command("cp", `stdout:${path}`, "-"), {
            stdout: "pipe",
            env: { ...process.env, ...daemon.docker.env },
          });
          await Bun.write(at(`${side}.tar`), await child.stdout.bytes());
          expect(await child.exited).toBe(0);
          all.push(await listing(at(`${side}.tar`)));
        }
        return all;
      }),
    );
    expect(lists[0]).toEqual(lists[1]!);
  });
});

describe.skipIf(isMissing)("import and export keep what docker keeps:", () => {
  test("the tree of an exported container, imported by the other", async () => {
    const script = "rm -r /bin /srv/dir; chmod 4755 /srv/a; chown 7:8 /srv/hard; mkdir -m 1777 /sticky";
    for (const [side, command] of sides) {
      await runOk(command("run", "--name", "exported", "--network", "none", "box", "sh", "-c", script));
      await runOk(command("export", "-o", at(`${side}.tar`), "exported"));
    }
    const exported = await Promise.all(sides.map(([side]) => listing(at(`${side}.tar`))));
    expect(exported[0]).toEqual(exported[1]!);
    await runOk(theirs("import", at("ours.tar"), "crossed"));
    await runOk(ours("import", at("theirs.tar"), "crossed"));
    for (const [, command] of sides) {
      const make = command("run", "--name", "crossed", "--network", "none", "crossed", "/none");
      expect((await run(make)).code).not.toBe(0);
    }
    await runOk(theirs("export", "-o", at("crossed.tar"), "crossed"));
    expect(await listing(at("crossed.tar"))).toEqual(exported[0]!);
    await runOk(ours("export", "-o", at("crossed.tar"), "crossed"));
    expect(await listing(at("crossed.tar"))).toEqual(exported[0]!);
  });

  test("the configuration that import is told", async () => {
    const changes = [
      'CMD ["a", "b"]',
      "CMD shell form",
      'ENTRYPOINT ["e"]',
      "ENV A=b C=d",
      "ENV E f g",
      "EXPOSE 80 53/udp",
      'LABEL l=1 m="two words"',
      "ONBUILD RUN x",
      "USER web",
      "VOLUME /v",
      "WORKDIR /w",
    ];
    const argv = [
      "import",
      ...changes.flatMap((change) => ["-c", change]),
      "-m",
      "why",
      at("rootfs.tar"),
      "configured",
    ];
    const configs = await Promise.all(
      sides.map(async ([, command]) => {
        await runOk(command(...argv));
        const [image] = JSON.parse(await runOk(command("image", "inspect", "configured")));
        const { Cmd, Entrypoint, Env, ExposedPorts, Labels, OnBuild, User, Volumes, WorkingDir } =
          image.Config;
        return {
          Comment: image.Comment,
          Cmd,
          Entrypoint,
          Env,
          ExposedPorts,
          Labels,
          OnBuild,
          User,
          Volumes,
          WorkingDir,
        };
      }),
    );
    expect(configs[0]).toEqual(configs[1]!);
  });

  test("what import refuses, docker refuses", async () => {
    writeFileSync(at("garbage"), "garbage");
    const calls = [
      ["import", at("nope.tar"), "x"],
      ["import", at("garbage"), "x"],
      ["import", "-c", "RUN x", at("rootfs.tar"), "x"],
      ["import", "-c", "FOO x", at("rootfs.tar"), "x"],
      ["import", "-c", "MAINTAINER x", at("rootfs.tar"), "x"],
      ["import", at("rootfs.tar"), "UPPER"],
      ["import", at("rootfs.tar"), `x@sha256:${"0".repeat(64)}`],
      ["import", "http://127.0.0.1:1/x.tar", "x"],
    ];
    for (const argv of calls) {
      const codes = await Promise.all(sides.map(async ([, command]) => (await run(command(...argv))).code));
      expect([argv, ...codes]).toEqual([argv, 1, 1]);
    }
  });
});
