import { expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { applyLayer } from "../layer/mod.ts";
import type { TestEntry } from "../layer/testing/layer-tar.ts";
import { treeOf } from "../layer/testing/tree-of.ts";
import { collect } from "../lib/mod.ts";
import { exportImage } from "./export-image.ts";
import { imageOfLayers } from "./testing/image-of-layers.ts";
import { temporaryStore } from "./testing/temporary-store.ts";

const layers: (TestEntry | string)[][] = [
  [
    { path: "etc/" },
    { path: "etc/passwd", content: "root" },
    { path: "etc/twin", content: "root" },
    { path: "etc/name", type: "hardlink", to: "etc/passwd" },
    { path: "usr/" },
    { path: "usr/lib/", mode: 0o711 },
    { path: "usr/lib/old", content: "old" },
    { path: "usr/lib/gone", content: "gone" },
    { path: "lib", to: "usr/lib" },
    { path: "pipe", type: "fifo" },
    { path: "pipe-too", type: "hardlink", to: "pipe" },
    { path: "lib-too", type: "hardlink", to: "lib" },
    { path: "opt/" },
    { path: "opt/hidden", content: "hidden" },
  ],
  [
    { path: "etc/" },
    "etc/.wh.passwd",
    { path: "lib/through", content: "a symlinked parent" },
    { path: "usr/" },
    { path: "usr/lib/" },
    "usr/lib/.wh.gone",
    { path: "usr/lib/old", content: "new" },
    { path: "usr/lib/again", type: "hardlink", to: "etc/twin" },
    { path: "implied/file", content: "x".repeat(100_000) },
    "opt/.wh..wh..opq",
    { path: "opt/shown", content: "", mode: 0o4755 },
  ],
];

const canKeepOwners = process.getuid?.() === 0 && Bun.which("tar") !== null;

test.skipIf(!canKeepOwners)("exportImage() gives the file system that unpacking gives (root)", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  const image = await imageOfLayers(store, "x", layers);
  const tar = await collect(exportImage(store, image), 2 ** 24, "export");
  expect(await collect(exportImage(store, image), 2 ** 24, "export")).toEqual(tar);

  const [exported, applied] = [join(root, "tmp/exported"), join(root, "tmp/applied")];
  await mkdir(exported);
  await mkdir(applied);
  const names = Bun.spawnSync(["tar", "-tf", "-"], { stdin: tar }).stdout.toString().split("\n");
  // Engines refuse layers that name a path twice.
  expect(new Set(names).size).toBe(names.length);
  const child = Bun.spawnSync(["tar", "-xpf", "-", "-C", exported], { stdin: tar, stderr: "pipe" });
  expect(child.stderr.toString()).toBe("");
  for (const layer of image.manifest.layers) {
    const blob = await store.blobs.open(layer.digest);
    await applyLayer(blob, applied, { mode: { kind: "merge" }, ownership: "keep" });
  }
  // The root itself was made by this test, in two steps: its time is no content.
  const contentOf = (path: string) =>
    treeOf(path, { times: "seconds" }).filter((line) => !line.startsWith('"/" '));
  const tree = contentOf(exported);
  expect(tree).toEqual(contentOf(applied));
  expect(tree.join("\n")).toContain("/usr/lib/through");
});

test("exportImage() of an image without layers is an empty tar", async () => {
  await using temporary = await temporaryStore();
  const image = await imageOfLayers(temporary.store, "scratch", []);
  expect(await collect(exportImage(temporary.store, image), 2 ** 20, "export")).toEqual(new Uint8Array(1024));
});
