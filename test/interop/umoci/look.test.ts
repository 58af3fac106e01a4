import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { copyImage, layoutSink } from "../../../src/image/mod.ts";
import { layerTar, type TestEntry } from "../../../src/layer/testing/layer-tar.ts";
import { kasane, missing, run, runOk } from "../../outside.ts";
import { treeDifference, treeOf } from "../../trees.ts";
import { imageOfTars } from "../image-of-tars.ts";
import { peer, type Scratch, scratch, umoci } from "../peers.ts";
import { dir, file } from "./sample-entries.ts";

const isRoot = process.getuid?.() === 0;
const skip = test.skipIf(missing("umoci", "tar", "crane", "skopeo") || !isRoot);

const base: readonly (TestEntry | string)[] = [
  dir("etc", 20),
  file("etc/keep"),
  file("etc/gone"),
  dir("usr", 21),
  dir("usr/lib", 22, 0o555),
  file("usr/lib/a"),
  { path: "usr/lib/b", type: "hardlink", to: "usr/lib/a" },
  { path: "usr/lib/c", to: "a", time: 5 },
  { path: "lib", to: "usr/lib", time: 6 },
  dir("opt", 23),
  file("opt/old"),
];
const top: readonly (TestEntry | string)[] = [
  dir("etc", 30, 0o700),
  "etc/.wh.gone",
  file("etc/new"),
  ".wh.opt",
  { path: "ping", mode: 0o4755, time: 9, content: "x", xattrs: { "user.note": "kept" } },
  { path: "pipe", type: "fifo", time: 8 },
];
const changed: readonly (TestEntry | string)[] = [
  dir("etc", 30, 0o700),
  file("etc/keep", "other"),
  { ...file("etc/new"), mode: 0o600 },
  ".wh.pipe",
  { path: "ping", mode: 0o4755, uid: 5, time: 9, content: "x", xattrs: { "user.note": "kept" } },
];

async function layout(
  directory: Scratch,
  name: string,
  layers: readonly (readonly (TestEntry | string)[])[],
): Promise<void> {
  const tars = await Promise.all(layers.map((entries) => layerTar(entries)));
  await copyImage(await imageOfTars(tars, "gzip"), layoutSink(join(directory.path, name), { ref: "v1" }), {
    platforms: "all",
  });
}

skip("cp -a of a whole image is what umoci unpacks, and its files are those that crane exports", async () => {
  await using directory = await scratch("look");
  const at = (name: string) => join(directory.path, name);
  await layout(directory, "layout", [base, top]);
  await umoci()("unpack", "--image", `${at("layout")}:v1`, at("bundle"));
  const call = (...args: string[]) => runOk([kasane, "--root", at("store"), ...args]);
  mkdirSync(at("copied"));
  await call("cp", "-a", `oci:${at("layout")}:/.`, at("copied"));
  // The root directory is the user's own.
  const lines = (path: string) => treeOf(path, { times: "seconds" }).slice(1);
  // umoci lets the times of directories go that it puts something into for a later layer.
  const withoutTimes = (all: string[]) => all.map((line) => line.replace(/( directory .*) @\d+/, "$1"));
  expect(treeDifference(withoutTimes(lines(at("copied"))), withoutTimes(lines(at("bundle/rootfs"))))).toEqual(
    [],
  );

  const listed = JSON.parse(await call("ls", "-aR", "--json", `oci:${at("layout")}:/`));
  const described = listed.map(
    (one: { path: string; uid: number; gid: number }) => `${one.path} ${one.uid}:${one.gid}`,
  );
  const there = (
    await runOk(["find", ".", "-mindepth", "1", "-printf", "/%P %U:%G\n"], { cwd: at("bundle/rootfs") })
  ).trim();
  expect(described.sort()).toEqual(there.split("\n").sort());

  await runOk([peer("crane"), "export", "-", at("crane.tar")], {
    stdin: Bun.file(await archive(at("layout"), at("image.tar"))),
  });
  const exported = (await runOk(["tar", "xOf", at("crane.tar"), "etc/keep"])).toString();
  expect(await call("cat", `oci:${at("layout")}:/etc/keep`)).toBe(exported);
});

async function archive(layoutDirectory: string, path: string): Promise<string> {
  const source = `oci:${layoutDirectory}:v1`;
  await runOk([
    peer("skopeo"),
    "--insecure-policy",
    "copy",
    "-q",
    source,
    `docker-archive:${path}:sample:v1`,
  ]);
  return path;
}

skip("image diff tells what diff(1) and stat(1) tell of both images unpacked", async () => {
  await using directory = await scratch("look");
  const at = (name: string) => join(directory.path, name);
  await layout(directory, "one", [base, top]);
  await layout(directory, "two", [base, top, changed]);
  for (const name of ["one", "two"])
    await umoci()("unpack", "--image", `${at(name)}:v1`, at(`${name}-bundle`));
  const unpacked = async (name: string) => {
    const lines = treeOf(at(`${name}-bundle/rootfs`), { links: false });
    return new Map(lines.map((line) => [JSON.parse(/^"(?:[^"\\]|\\.)*"/.exec(line)![0]) as string, line]));
  };
  const [one, two] = [await unpacked("one"), await unpacked("two")];
  const expected = [...new Set([...one.keys(), ...two.keys()])]
    .filter((path) => one.get(path) !== two.get(path))
    .map((path) => `${!one.has(path) ? "added" : !two.has(path) ? "removed" : "changed"} ${path}`);
  const diff = await run([
    kasane,
    "--root",
    at("store"),
    "image",
    "diff",
    "--json",
    `oci:${at("one")}`,
    `oci:${at("two")}`,
  ]);
  expect(diff.code).toBe(1);
  const told = JSON.parse(diff.out).files.map(
    (one: { kind: string; path: string }) => `${one.kind} ${one.path}`,
  );
  expect(told.sort()).toEqual(expected.sort());
  expect(told).toHaveLength(4);
});
