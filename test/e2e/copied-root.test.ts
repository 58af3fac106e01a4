/** Where neither the kernel nor fuse-overlayfs mounts an overlay, a container's root is a copy; beside one on a disk where overlays work. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { privilege } from "../../src/sandbox/mod.ts";
import { type Finished, kasane, missing, run, runOk } from "../outside.ts";
import { Account } from "./rootless/account.ts";
import { makeModes } from "./sandbox/modes.ts";
import { makeStepRoot } from "./sandbox/step-root.ts";
import { mountDisks, unmountDisks } from "./stacked-disk.ts";

const isSkipped = missing("mount", "unshare", "busybox", "tar", "mknod") || privilege() !== "root";
const skip = test.skipIf(isSkipped);
const mode = isSkipped ? undefined : makeModes().find(({ name }) => name === "subordinate uids");

let work: string;
const at = (name: string) => join(work, name);
const warning = "warning: no overlay file system can be mounted here, so the image's files are copied: ";
/** Calls what follows where fuse-overlayfs is no program. */
const withoutFuse = [
  ...["unshare", "--mount", "sh", "-ec"],
  'for f in /usr/bin/fuse-overlayfs /usr/local/bin/fuse-overlayfs; do test ! -e $f || mount --bind /dev/null $f; done; exec "$@"',
  "sh",
];
const call = (...argv: string[]) => run([...withoutFuse, kasane, "--root", at("merged/store"), ...argv]);
const onDisk = (...argv: string[]) => run([kasane, "--root", at("disk/store"), ...argv]);

/** A shell in a container that goes when it ends. */
const shell = (image: string, script: string, ...flags: string[]) => [
  ...["run", "--rm", "--network", "none", ...flags, image],
  ...["sh", "-c", script],
];

/** The same call in both places gives the same, but for the word about copying. */
async function same(...argv: string[]): Promise<Finished> {
  const [copied, expected] = [await call(...argv), await onDisk(...argv)];
  const err = copied.err
    .split("\n")
    .filter((line) => !line.startsWith(warning))
    .join("\n");
  expect({ ...copied, err }).toEqual(expected);
  return copied;
}

beforeAll(async () => {
  if (isSkipped) return;
  work = mkdtempSync(join(tmpdir(), "kasane-copied-"));
  chmodSync(work, 0o755);
  mkdirSync(at("context"));
  await mountDisks(work);
  await makeStepRoot(at("rootfs"));
  mkdirSync(at("rootfs/d/deep"), { recursive: true });
  writeFileSync(at("rootfs/d/file"), "file\n");
  writeFileSync(at("rootfs/d/deep/one"), "one\n");
  await runOk(["ln", at("rootfs/d/file"), at("rootfs/d/second")]);
  await runOk(["chown", "33:44", at("rootfs/d/deep/one")]);
  await runOk(["mknod", at("rootfs/d/null"), "c", "1", "3"]);
  await runOk(["mkfifo", at("rootfs/d/fifo")]);
  await runOk(["chmod", "4711", at("rootfs/d/deep/one")]);
  await runOk(["tar", "-C", at("rootfs"), "--xattrs", "-cf", at("rootfs.tar"), "."]);
  writeFileSync(at("new"), "copied in\n");
  for (const each of [call, onDisk])
    expect(await each("import", at("rootfs.tar"), "base")).toMatchObject({ code: 0 });
  const file =
    "FROM base\nRUN echo two > /d/two && rm -r /d/deep && mkdir /d/deep && echo x > /d/deep/x && rm /d/null\n";
  writeFileSync(at("context/Dockerfile"), file);
}, 60_000);

afterAll(async () => {
  if (work === undefined) return;
  await unmountDisks(work);
  rmSync(work, { recursive: true, force: true });
});

skip("a build gives the files that it gives on an overlay", async () => {
  const build = ["build", "-q", "--no-cache", "--network", "none", "-t", "box", at("context")];
  const copied = await call(...build);
  expect(copied.err.split("\n").filter((line) => line.startsWith(warning))).toHaveLength(1);
  expect(copied.err).toContain("install the package fuse-overlayfs");
  expect((await onDisk(...build)).code).toBe(0);
  // A directory that was made anew may be told by other marks: what is in it is the same.
  const { out } = await same(...shell("box", "ls -lnR /d; cat /d/two"));
  expect(out).toContain("two\n");
  expect((await same(...shell("base", "stat -c %h /d/file"))).out).toBe("2\n");
}, 60_000);

skip("an image that is mounted shows what it shows elsewhere, and what its layers removed is not there", async () => {
  const look = "ls -R /x/d; cat /x/d/two; touch /x/new || echo read-only";
  const { out } = await same(...shell("base", look, "--mount", "type=image,src=box,dst=/x"));
  expect(out).toContain("two\n");
  expect(out).not.toContain("null");
  expect(out).toEndWith("read-only\n");
}, 60_000);

const script = [
  "rm /d/two; rm -r /d/deep; mkdir /d/deep; echo new > /d/deep/new; chmod 700 /d",
  "echo changed > /changed; mv /changed /d/file; mkdir /added; mv /etc/passwd /added; chown 7:8 /bin; ln -s x /added/link",
  "exit 7",
].join("\n");

skip("a container is run, started again, told of, committed, exported, copied from and to, and removed", async () => {
  const first = await same("run", "--name", "one", "--network", "none", "box", "sh", "-c", script);
  expect(first.code).toBe(7);
  expect(first.err).toStartWith(warning);
  const { out: changes } = await same("diff", "one");
  expect(changes.split("\n")).toContain("D /d/two");
  // It is copied once.
  expect((await same("start", "-a", "one")).err).not.toContain(warning);
  expect((await same("diff", "one")).out).toBe(changes);
  await same("cp", at("new"), "one:/added/");
  await same("cp", "one:/added/new", "-");
  expect((await same("cp", "one:/d/two", at("none"))).code).toBe(1);
  await same("ps", "-a", "--size", "--format", "{{.Names}} {{.Size}}");
  for (const each of [call, onDisk]) expect((await each("commit", "one", "two")).code).toBe(0);
  await same(...shell("two", "stat -c '%n %A %u:%g' /* /d/* /d/deep/* /added/*; cat /d/file /added/*"));
  await same("history", "--format", "{{.Size}}", "two");
  for (const each of [call, onDisk]) expect((await each("export", "-o", at(each.name), "one")).code).toBe(0);
  const list = (name: string) => runOk(["tar", "--numeric-owner", "-tvf", at(name)]);
  expect(await list("call")).toBe(await list("onDisk"));
  await same("rm", "one");
  expect((await same("ps", "-aq")).out).toBe("");
}, 100_000);

skip("a container that was written on an overlay before keeps what it wrote and what it removed", async () => {
  const write = ["create", "--name", "kept", "--network", "none", "box", "sh", "-c", "cat /d/mine; ls /d"];
  for (const each of [call, onDisk]) expect((await each(...write)).code).toBe(0);
  // As if fuse-overlayfs had been there, and is not any more.
  const list = ["ps", "-aq", "--no-trunc", "--filter", "name=kept"];
  const ids = [(await call(...list)).out.trim(), (await onDisk(...list)).out.trim()];
  for (const [store, id] of [
    ["merged/store", ids[0]],
    ["disk/store", ids[1]],
  ] as const) {
    const upper = at(`${store}/containers/${id}/upper`);
    mkdirSync(join(upper, "d"), { recursive: true });
    writeFileSync(join(upper, "d/mine"), "mine\n");
    if (store === "disk/store") await runOk(["mknod", join(upper, "d/two"), "c", "0", "0"]);
    else writeFileSync(join(upper, "d/.wh.two"), "");
  }
  const { out } = await same("start", "-a", "kept");
  expect(out).toStartWith("mine\n");
  expect(out).not.toContain("two");
  await same("diff", "kept");
  await same("rm", "kept");
}, 60_000);

skip("a working container and an image are mounted, changed, committed and unmounted", async () => {
  const inside = (store: string, wrapper: string[]) =>
    run([
      ...wrapper,
      ...["sh", "-ec"],
      `k() { ${kasane} --root ${at(store)} "$@"; }
      name=$(k from --pull=never box); m=$(k mount $name); ls $m/d; echo hi > $m/d/hi; rm $m/d/file
      k buildah run $name -- sh -c 'cat /d/hi; test ! -e /d/file; echo run > /d/run'
      k umount $name > $m.name; k mount | wc -l; k diff $name; k commit -q $name made > $m.id
      i=$(k image mount made); cat $i/d/run; touch $i/x || echo read-only; ls $i/d; k image unmount made > $m.id; k rm $name > $m.id`,
    ]);
  const [copied, expected] = [
    await inside("merged/store", [...withoutFuse]),
    await inside("disk/store", ["unshare", "--mount"]),
  ];
  expect(copied.err).toContain(warning);
  expect(copied.out).toBe(expected.out);
  expect(copied.out).toContain("read-only\n");
  expect({ copied: copied.code, expected: expected.code }).toEqual({ copied: 0, expected: 0 });
}, 60_000);

skip("what is killed while it copies is copied whole the next time", async () => {
  expect(
    (await call("create", "--name", "cut", "--network", "none", "base", "sh", "-c", "cat /d/file")).code,
  ).toBe(0);
  const id = (await call("ps", "-aq", "--no-trunc", "--filter", "name=cut")).out.trim();
  const directory = at(`merged/store/containers/${id}`);
  mkdirSync(join(directory, "work/copy/d"), { recursive: true });
  writeFileSync(join(directory, "work/copy/d/file"), "half");
  expect(await call("start", "-a", "cut")).toMatchObject({ code: 0, out: "file\n" });
  expect(readFileSync(join(directory, "upper/d/deep/one"), "utf8")).toBe("one\n");
  expect((await call("diff", "cut")).out).toBe("");
  await call("rm", "cut");
}, 60_000);

test.skipIf(isSkipped || mode === undefined)(
  "an ordinary user's container is a copy, too",
  async () => {
    const account = new Account(mode!);
    try {
      await runOk(["mkdir", "-m", "777", at("merged/user")]);
      account.own(at("merged/user"));
      const calls = async (...argv: string[]) => {
        const own = account.command([account.kasane, "--root", at("merged/user/store"), ...argv]);
        const { code, out, err } = await run([...withoutFuse, ...own]);
        if (code !== 0) throw new Error(`${argv.join(" ")}: ${code} ${out} ${err}`);
        return { out, err };
      };
      await calls("import", at("rootfs.tar"), "base");
      const first = await calls(
        ...["run", "--name", "one", "--network", "none", "base", "sh", "-c"],
        "stat -c %u:%g:%a /d/deep/one; rm /d/file; touch /new; chown 33 /new",
      );
      expect(first.out).toBe("33:44:4711\n");
      expect(first.err).toContain(warning);
      expect((await calls("diff", "one")).out).toBe("C /d\nD /d/file\nA /new\n");
      await calls("commit", "one", "two");
      const second = await calls(...shell("two", "ls /d; stat -c %u /new"));
      expect(second.out).not.toContain("file\n");
      expect(second.out).toEndWith("33\n");
      await calls("rm", "one");
    } finally {
      account.dispose();
    }
  },
  60_000,
);
