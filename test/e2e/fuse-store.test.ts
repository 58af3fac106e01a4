/** A store in an overlay, as in a container without a volume: the kernel makes no overlay there, and fuse-overlayfs takes its place. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { privilege } from "../../src/sandbox/mod.ts";
import { kasane, missing, runOk } from "../outside.ts";
import { makeStepRoot } from "./sandbox/step-root.ts";
import { mountDisks, unmountDisks } from "./stacked-disk.ts";

const skip = test.skipIf(missing("fuse-overlayfs", "mount", "busybox", "tar") || privilege() !== "root");

let work: string;
const at = (name: string) => join(work, name);
const inOverlay = (...argv: string[]) => runOk([kasane, "--root", at("merged/store"), ...argv]);
const onDisk = (...argv: string[]) => runOk([kasane, "--root", at("store"), ...argv]);

beforeAll(async () => {
  if (privilege() !== "root") return;
  work = mkdtempSync(join(tmpdir(), "kasane-fuse-store-"));
  mkdirSync(at("context"));
  await mountDisks(work);
  await makeStepRoot(at("rootfs"));
  await runOk(["tar", "-C", at("rootfs"), "--owner=0", "--group=0", "-cf", at("rootfs.tar"), "."]);
  for (const call of [inOverlay, onDisk]) await call("import", at("rootfs.tar"), "box");
}, 60_000);

afterAll(async () => {
  if (work === undefined) return;
  await unmountDisks(work);
  rmSync(work, { recursive: true, force: true });
});

skip("a build removes and replaces what layers below have, as on any other disk", async () => {
  const dockerfile = [
    "FROM box",
    "RUN mkdir -p /d/e /gone/deep && echo a > /d/e/f && echo b > /d/kept && touch /single /gone/deep/x",
    "RUN grep -q ^overlay /proc/mounts; rm -r /d/e /gone && mkdir /d/e && echo c > /d/e/g && rm /single",
    "RUN ls / /d /d/e; test ! -e /single && test ! -e /gone && test ! -e /d/e/f && mkdir /gone",
    'RUN test -z "$(ls /gone)" && rm -r /d',
  ];
  writeFileSync(at("context/Dockerfile"), `${dockerfile.join("\n")}\n`);
  const build = ["build", "-q", "--no-cache", "--network", "none", "--source-date-epoch", "1", at("context")];
  expect(await inOverlay(...build)).toBe(await onDisk(...build));
}, 60_000);

skip("a container tells what it removed, keeps it removed, and is committed and exported without it", async () => {
  const script = "grep -q ' / fuse' /proc/mounts || exit 9; rm /bin/wc; rm -r /root; mkdir /root; touch /new";
  await inOverlay("run", "--name", "one", "--network", "none", "box", "sh", "-c", script);
  await onDisk(
    "run",
    "--name",
    "one",
    "--network",
    "none",
    "box",
    "sh",
    "-c",
    script.replace("exit 9", "true"),
  );
  const changes = await inOverlay("diff", "one");
  expect(changes).toBe(await onDisk("diff", "one"));
  expect(changes.split("\n")).toContain("D /bin/wc");
  for (const call of [inOverlay, onDisk]) await call("commit", "one", "two");
  const look = ["run", "--rm", "--network", "none", "two", "sh", "-c", "ls /bin /root /"];
  expect(await inOverlay(...look)).toBe(await onDisk(...look));
  const exported = async (call: typeof onDisk, name: string) => {
    await call("export", "-o", at(name), "one");
    return runOk(["tar", "-tf", at(name)]);
  };
  expect(await exported(inOverlay, "fuse.tar")).toBe(await exported(onDisk, "disk.tar"));
  await inOverlay("start", "-a", "one");
  expect(await inOverlay("diff", "one")).toBe(changes);
  for (const call of [inOverlay, onDisk]) await call("rm", "one");
}, 60_000);
