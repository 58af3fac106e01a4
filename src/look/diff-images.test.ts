import { expect, test } from "bun:test";
import { mergeLayers } from "../layer/mod.ts";
import type { TestEntry } from "../layer/testing/layer-tar.ts";
import type { ImageConfig } from "../oci/mod.ts";
import { diffConfigs } from "./diff-configs.ts";
import { diffTrees, type FileChange } from "./diff-images.ts";
import { apkPackages, dpkgPackages } from "./packages.ts";
import { indexOf } from "./testing/memory-layer.ts";

const tree = async (...layers: (TestEntry | string)[][]) =>
  mergeLayers(await Promise.all(layers.map(async (layer) => ({ entries: await indexOf(layer) }))));

const line = ({ kind, path, changes }: FileChange) =>
  [
    kind,
    path,
    ...changes.map(({ what, from, to }) => (what === "content" ? what : `${what} ${from}>${to}`)),
  ].join(" ");

test("diffTrees() tells what was added, removed and changed, and in what way", async () => {
  const from = await tree([
    { path: "a", content: "1" },
    { path: "b", content: "2", mode: 0o600, uid: 1, time: 1 },
    "dir/",
    { path: "dir/gone", content: "3" },
    { path: "link", to: "x" },
    { path: "kind", content: "k" },
    { path: "tagged", content: "t", xattrs: { "user.a": "1" } },
    { path: "same", content: "s", time: 1 },
    "tree/",
    "tree/x",
  ]);
  const to = await tree([
    { path: "a", content: "one" },
    { path: "b", content: "2", mode: 0o644, uid: 2, time: 2 },
    "dir/",
    { path: "dir/new", content: "4" },
    { path: "link", to: "y" },
    "kind/",
    "kind/below",
    { path: "tagged", content: "t", xattrs: { "user.a": "2" } },
    { path: "same", content: "s", time: 2 },
  ]);
  const lines = [...diffTrees(from, to)].map(line);
  const owner = `${process.getgid!()}`;
  expect(lines).toEqual([
    "changed /a content",
    `changed /b mode 0600>0644 owner 1:${owner}>2:${owner}`,
    "removed /dir/gone",
    "added /dir/new",
    expect.stringMatching(/^changed \/kind type file>directory content/),
    "added /kind/below",
    "changed /link link x>y",
    'changed /tagged xattrs {"user.a":"MQ=="}>{"user.a":"Mg=="}',
    "removed /tree",
    "removed /tree/x",
  ]);
  expect([...diffTrees(from, to, { times: true })].map(line)).toContain(
    "changed /same time 1970-01-01T00:00:01Z>1970-01-01T00:00:02Z",
  );
});

test("diffTrees() looks at files, not at how layers and names hold them", async () => {
  const from = await tree([
    "d/",
    { path: "d/a", content: "1" },
    { path: "d/b", type: "hardlink", to: "d/a" },
  ]);
  const to = await tree(
    ["d/", { path: "d/a", content: "old" }],
    [
      { path: "d/a", content: "1" },
      { path: "d/b", content: "1" },
    ],
  );
  expect([...diffTrees(from, to)]).toEqual([]);
});

const config = (runtime: ImageConfig["config"], others: Partial<ImageConfig> = {}): ImageConfig => ({
  architecture: "amd64",
  os: "linux",
  rootfs: { type: "layers", diff_ids: [] },
  ...(runtime && { config: runtime }),
  ...others,
});

test("diffConfigs() compares line by line, and nothing that only tells how the image was made", () => {
  const from = config(
    { Env: ["A=1", "B=2"], Labels: { x: "1", y: "2" }, Cmd: ["a"], User: "", ExposedPorts: { "80/tcp": {} } },
    { created: "2020-01-01T00:00:00Z", history: [{ created_by: "x" }] },
  );
  const to = config(
    { Env: ["B=2", "A=3"], Labels: { x: "1" }, Entrypoint: ["e"], Cmd: ["a"], WorkingDir: "/w" },
    { architecture: "arm64" },
  );
  expect(diffConfigs(from, to)).toEqual([
    { field: "architecture", from: "amd64", to: "arm64" },
    { field: "Env A", from: "1", to: "3" },
    { field: "Label y", from: "2" },
    { field: "Port 80/tcp", from: "{}" },
    { field: "Entrypoint", to: '["e"]' },
    { field: "WorkingDir", to: "/w" },
  ]);
  expect(diffConfigs(from, from)).toEqual([]);
  expect(diffConfigs(from, to, { times: true })).toContainEqual({
    field: "created",
    from: "2020-01-01T00:00:00Z",
  });
});

test("dpkgPackages() lists what is installed, not what was", () => {
  const status = `Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9
Description: C library
 Version: 1 is only text

Package: old
Status: deinstall ok config-files
Version: 1

Package: distroless
Version: 3
`;
  expect(dpkgPackages(status)).toEqual([
    { kind: "deb", name: "libc6", version: "2.36-9", architecture: "amd64" },
    { kind: "deb", name: "distroless", version: "3", architecture: "" },
  ]);
});

test("apkPackages() takes the package's own fields, not those of its files", () => {
  const installed =
    "C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\nF:lib\nR:ld-musl\na:0:0:755\n\nP:busybox\nV:1.36\n";
  expect(apkPackages(installed)).toEqual([
    { kind: "apk", name: "musl", version: "1.2.5-r0", architecture: "x86_64" },
    { kind: "apk", name: "busybox", version: "1.36", architecture: "" },
  ]);
});
