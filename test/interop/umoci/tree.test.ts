import { expect, test } from "bun:test";
import { join } from "node:path";
import { copyImage, layoutSink } from "../../../src/image/mod.ts";
import { indexLayer, mergeLayers } from "../../../src/layer/mod.ts";
import { layerTar, type TestEntry } from "../../../src/layer/testing/layer-tar.ts";
import { linesOfTree } from "../../../src/layer/testing/random-layers.ts";
import { missing } from "../../outside.ts";
import { treeDifference, treeOf } from "../../trees.ts";
import { imageOfTars } from "../image-of-tars.ts";
import { scratch, umoci } from "../peers.ts";

const file = (path: string, content = path): TestEntry => ({ path, content, mode: 0o640, uid: 33, gid: 34 });
const link = (path: string, to: string): TestEntry => ({ path, to });
const hard = (path: string, to: string): TestEntry => ({ path, type: "hardlink", to });

/** What real images are made of, and what builders got wrong. */
const layers: readonly (readonly (TestEntry | string)[])[] = [
  [
    "./",
    "etc/",
    file("etc/keep"),
    file("etc/gone"),
    file("etc/replaced", "old"),
    "usr/",
    "usr/lib/",
    file("usr/lib/a"),
    hard("usr/lib/b", "usr/lib/a"),
    link("lib", "usr/lib"),
    link("run", "/usr/run"),
    "usr/run/",
    "was-directory/",
    file("was-directory/child"),
    "was-link-target/",
    file("was-link-target/child"),
    link("was-link", "was-link-target"),
    file("was-file"),
    "made-again/",
    file("made-again/old"),
    "emptied/",
    file("emptied/old"),
    "emptied/sub/",
    file("emptied/sub/old"),
    { path: "pipe", type: "fifo" },
  ],
  [
    "etc/",
    "etc/.wh.gone",
    file("etc/replaced", "new"),
    ".wh.pipe",
    file("lib/through-link"),
    file("run/through-absolute-link"),
    hard("lib/c", "lib/a"),
    file("was-directory", "now a file"),
    "was-link/",
    file("was-link/new"),
    "was-file/",
    file("was-file/new"),
    ".wh.made-again",
    "emptied/",
    "emptied/.wh..wh..opq",
    file("emptied/new"),
    file("no/parents/named"),
  ],
  [
    "made-again/",
    file("made-again/new"),
    "lib/.wh.b",
    hard("etc/linked", "etc/keep"),
    ".wh.was-directory",
    "no/",
    file("größe"),
    file("bad\udcff"),
    { path: "usr/lib/a", content: "capable", xattrs: { "user.key": "value" } },
  ],
];

test.skipIf(missing("umoci") || process.getuid?.() !== 0)(
  "umoci unpacks the tree that mergeLayers() makes",
  async () => {
    await using directory = await scratch("umoci");
    const tars = await Promise.all(layers.map((entries) => layerTar(entries)));
    const layout = join(directory.path, "layout");
    await copyImage(await imageOfTars(tars, "gzip"), layoutSink(layout, { ref: "v1" }), { platforms: "all" });
    await umoci()("unpack", "--image", `${layout}:v1`, join(directory.path, "bundle"));
    const tree = mergeLayers(await Promise.all(tars.map((tar) => indexLayer([tar]))));
    // Times of directories that no layer names are those of the unpacking.
    const lines = linesOfTree(tree, { links: true }).map((line) => line.replace(/ @\d+/, ""));
    const unpacked = treeOf(join(directory.path, "bundle/rootfs"));
    expect(treeDifference(unpacked.sort(), lines.sort())).toEqual([]);
  },
);
