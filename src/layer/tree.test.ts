import { expect, test } from "bun:test";
import fc from "fast-check";
import { digestOf } from "../oci/mod.ts";
import { compareNames } from "../tar/mod.ts";
import type { LayerEntry, LayerIndex } from "./entry.ts";
import { indexLayer } from "./layer-index.ts";
import { layerTar, type TestEntry } from "./testing/layer-tar.ts";
import { randomLayers } from "./testing/random-layers.ts";
import { type ImageTree, mergeLayers, type TreeNode } from "./tree.ts";

type Layer = readonly (TestEntry | string)[];

async function treeOf(...layers: Layer[]): Promise<ImageTree> {
  const indexes = [];
  for (const layer of layers) indexes.push(await indexLayer([await layerTar(layer)]));
  return mergeLayers(indexes);
}

/** A node as one line: path, `/` or link target, and the layer that brought it. */
function line({ entry, layer, target, isImplied }: TreeNode): string {
  const mark = {
    directory: "/",
    symlink: ` -> ${entry.linkTarget}`,
    hardlink: ` = ${target?.entry.path}@${target?.layer}`,
  };
  return `${entry.path}${mark[entry.type as keyof typeof mark] ?? ""} @${layer}${isImplied ? " implied" : ""}`;
}

/** Everything but the root. */
const lines = (tree: ImageTree) => [...tree.walk()].slice(1).map(line);

const link = (path: string, to: string): TestEntry => ({ path, to });
const hard = (path: string, to: string): TestEntry => ({ path, type: "hardlink", to });

test.each<[string, Layer[], string[]]>([
  [
    "a later layer wins",
    [
      ["a", "b"],
      ["b", "c"],
    ],
    ["a @0", "b @1", "c @1"],
  ],
  ["a later entry of the same layer wins", [["a", link("a", "x")]], ["a -> x @0"]],
  [
    "a directory named again keeps its children",
    [
      ["d/", "d/a"],
      ["d/", "d/b"],
    ],
    ["d/ @1", "d/a @0", "d/b @1"],
  ],
  ["parents that no layer names are there", [["x/y/z"]], ["x/ @0 implied", "x/y/ @0 implied", "x/y/z @0"]],
  ["a parent implied below stays what it was", [["d/", "d/a"], ["d/b"]], ["d/ @0", "d/a @0", "d/b @1"]],
  ["an implied parent gets its attributes later", [["d/a"], ["d/"]], ["d/ @1", "d/a @0"]],
  ["a file replaces a directory with all its children", [["d/", "d/a", "d/e/", "d/e/f"], ["d"]], ["d @1"]],
  ["a symlink replaces a directory with all its children", [["d/", "d/a"], [link("d", "e")]], ["d -> e @1"]],
  ["a directory replaces a file", [["d"], ["d/", "d/a"]], ["d/ @1", "d/a @1"]],
  [
    "a directory replaces a symlink",
    [
      ["e/", "e/x", link("d", "e")],
      ["d/", "d/a"],
    ],
    ["d/ @1", "d/a @1", "e/ @0", "e/x @0"],
  ],
  [
    "a directory that was a file has nothing of the directory before",
    [["d/", "d/old"], ["d"], ["d/", "d/new"]],
    ["d/ @2", "d/new @2"],
  ],
])("mergeLayers(): %s", async (_, layers, expected) => {
  expect(lines(await treeOf(...layers))).toEqual(expected);
});

test.each<[string, Layer[], string[]]>([
  ["hides a file", [["a", "b"], [".wh.a"]], ["b @0"]],
  [
    "hides a file in a directory, not the prefix in the parent",
    [
      ["a", "d/", "d/a"],
      ["d/", "d/.wh.a"],
    ],
    ["a @0", "d/ @1"],
  ],
  ["hides a directory with everything in it", [["d/", "d/a", "d/e/", "d/e/f", "x"], [".wh.d"]], ["x @0"]],
  ["hides a symlink, not what it leads to", [["d/", "d/a", link("l", "d")], [".wh.l"]], ["d/ @0", "d/a @0"]],
  ["hides a device", [[{ path: "n", type: "character-device", device: [1, 3] }], [".wh.n"]], []],
  ["of what is not there does nothing", [["a"], [".wh.b", "c/.wh.d"]], ["a @0"]],
  ["makes no directory", [["a"], ["x/y/.wh.z"]], ["a @0"]],
  ["does not hide its own layer, before", [["a"], [".wh.a", "a"]], ["a @1"]],
  ["does not hide its own layer, behind", [["a"], ["a", ".wh.a"]], ["a @1"]],
  [
    "of a directory that comes again hides its old content, before",
    [
      ["d/", "d/old"],
      [".wh.d", "d/", "d/new"],
    ],
    ["d/ @1", "d/new @1"],
  ],
  [
    "of a directory that comes again hides its old content, behind",
    [
      ["d/", "d/old"],
      ["d/", "d/new", ".wh.d"],
    ],
    ["d/ @1", "d/new @1"],
  ],
  [
    "stays in force below what comes later",
    [["d/", "d/old"], [".wh.d"], ["d/", "d/new"]],
    ["d/ @2", "d/new @2"],
  ],
  [
    "in a directory that comes again nested",
    [["d/", "d/e/", "d/e/old"], [".wh.d"], ["d/e/new"]],
    ["d/ @2 implied", "d/e/ @2 implied", "d/e/new @2"],
  ],
  ["hides a file that was made between", [["d/"], ["d/a"], ["d/.wh.a"], ["d/a"]], ["d/ @0", "d/a @3"]],
  [
    "hides through a symlinked parent",
    [["usr/lib/", "usr/lib/x", link("lib", "usr/lib")], ["lib/.wh.x"]],
    ["lib -> usr/lib @0", "usr/ @0 implied", "usr/lib/ @0"],
  ],
  [
    "does not reach through a symlink that its layer replaces by a directory",
    [
      ["e/", "e/x", link("d", "e")],
      ["d/", "d/.wh.x", "d/y"],
    ],
    ["d/ @1", "d/y @1", "e/ @0", "e/x @0"],
  ],
  [
    "and all the others are looked up before any takes effect",
    [
      ["e/", "e/x", link("d", "e")],
      [".wh.d", "d/.wh.x"],
    ],
    ["e/ @0"],
  ],
])("a whiteout %s", async (_, layers, expected) => {
  expect(lines(await treeOf(...layers))).toEqual(expected);
});

test.each<[string, Layer[], string[]]>([
  [
    "hides all lower children",
    [
      ["d/", "d/a", "d/e/", "d/e/f", "x"],
      ["d/", "d/.wh..wh..opq"],
    ],
    ["d/ @1", "x @0"],
  ],
  [
    "hides children of every lower layer",
    [["d/", "d/a"], ["d/b"], ["d/.wh..wh..opq", "d/c"]],
    ["d/ @0", "d/c @2"],
  ],
  [
    "does not hide its own layer, before",
    [
      ["d/", "d/a"],
      ["d/.wh..wh..opq", "d/b"],
    ],
    ["d/ @0", "d/b @1"],
  ],
  [
    "does not hide its own layer, behind",
    [
      ["d/", "d/a"],
      ["d/", "d/b", "d/.wh..wh..opq"],
    ],
    ["d/ @1", "d/b @1"],
  ],
  [
    "of the root hides everything",
    [
      ["a", "d/", "d/b"],
      [".wh..wh..opq", "c"],
    ],
    ["c @1"],
  ],
  ["with nothing below does nothing", [["a"], ["d/", "d/.wh..wh..opq"]], ["a @0", "d/ @1"]],
  ["in place of a file says nothing", [["d"], ["d/", "d/.wh..wh..opq", "d/a"]], ["d/ @1", "d/a @1"]],
  [
    "in place of a symlink leaves its target alone",
    [
      ["e/", "e/x", link("d", "e")],
      ["d/", "d/.wh..wh..opq"],
    ],
    ["d/ @1", "e/ @0", "e/x @0"],
  ],
  [
    "through a symlink empties its target",
    [["e/", "e/x", link("d", "e")], ["d/.wh..wh..opq"]],
    ["d -> e @0", "e/ @0"],
  ],
])("an opaque directory %s", async (_, layers, expected) => {
  expect(lines(await treeOf(...layers))).toEqual(expected);
});

test.each<[string, Layer[], string[]]>([
  ["shows its file", [["a", hard("b", "a")]], ["a @0", "b = a@0 @0"]],
  [
    "to a hard link shows the file",
    [["a", hard("b", "a"), hard("c", "b")]],
    ["a @0", "b = a@0 @0", "c = a@0 @0"],
  ],
  ["reaches into a lower layer", [["a"], [hard("b", "a")]], ["a @0", "b = a@0 @1"]],
  ["before its file is resolved at the end", [[hard("b", "a"), "a"]], ["a @0", "b = a@0 @0"]],
  ["keeps a file that a later layer replaces", [["a", hard("b", "a")], ["a"]], ["a @1", "b = a@0 @0"]],
  ["keeps a file that a later layer removes", [["a", hard("b", "a")], [".wh.a"]], ["b = a@0 @0"]],
  ["keeps a file that its own layer removes, before", [["a"], [".wh.a", hard("b", "a")]], ["b = a@0 @1"]],
  ["keeps a file that its own layer removes, behind", [["a"], [hard("b", "a"), ".wh.a"]], ["b = a@0 @1"]],
  [
    "keeps a file of a directory that its own layer removes",
    [
      ["d/", "d/a"],
      [".wh.d", hard("b", "d/a")],
    ],
    ["b = d/a@0 @1"],
  ],
  [
    "keeps a file of a directory that its own layer empties",
    [
      ["d/", "d/a"],
      ["d/.wh..wh..opq", hard("b", "d/a")],
    ],
    ["b = d/a@0 @1", "d/ @0"],
  ],
  [
    "takes the layer's own file before a lower one that is hidden",
    [["a"], [".wh.a", "a", hard("b", "a")]],
    ["a @1", "b = a@1 @1"],
  ],
  ["to itself changes nothing", [["a", hard("a", "a")]], ["a @0"]],
  [
    "finds its file through a symlinked parent",
    [["usr/", "usr/x", link("u", "usr")], [hard("u/y", "u/x")]],
    ["u -> usr @0", "usr/ @0", "usr/x @0", "usr/y = usr/x@0 @1"],
  ],
  [
    "to a symlink is another name of the symlink",
    [[link("a", "t"), hard("b", "a")]],
    ["a -> t @0", "b = a@0 @0"],
  ],
])("a hard link %s", async (_, layers, expected) => {
  expect(lines(await treeOf(...layers))).toEqual(expected);
});

test("a hard link's node leads to size and digest, and names of one file share one target", async () => {
  const tree = await treeOf([{ path: "a", content: "hello" }, hard("b", "a"), hard("c", "b")]);
  const b = tree.get("b")!;
  expect(b.entry).toMatchObject({ type: "hardlink", linkTarget: "a" });
  expect(b.target!.entry).toMatchObject({ sizeBytes: 5, contentDigest: digestOf("hello") });
  expect(b.target).toBe(tree.get("a")!);
  expect(tree.get("c")!.target).toBe(tree.get("a")!);
});

test.each<[string, Layer[], string[]]>([
  [
    "a relative link",
    [["usr/", "usr/lib/", link("lib", "usr/lib")], ["lib/x"]],
    ["lib -> usr/lib @0", "usr/ @0", "usr/lib/ @0", "usr/lib/x @1"],
  ],
  [
    "an absolute link",
    [["run/", "var/", link("var/run", "/run")], ["var/run/x"]],
    ["run/ @0", "run/x @1", "var/ @0", "var/run -> /run @0"],
  ],
  ["a link of the same layer", [["b/", link("a", "b"), "a/x"]], ["a -> b @0", "b/ @0", "b/x @0"]],
  [
    "links to links",
    [["c/", link("b", "c"), link("a", "b")], ["a/x"]],
    ["a -> b @0", "b -> c @0", "c/ @0", "c/x @1"],
  ],
  [
    "a link to a directory that is not there yet",
    [[link("a", "/b/c")], ["a/x"]],
    ["a -> /b/c @0", "b/ @1 implied", "b/c/ @1 implied", "b/c/x @1"],
  ],
  ["a link above the root", [[link("a", "../../..")], ["a/x"]], ["a -> ../../.. @0", "x @1"]],
  [
    "a link out of a directory",
    [["d/", "e/", link("d/up", "../e")], ["d/up/x"]],
    ["d/ @0", "d/up -> ../e @0", "e/ @0", "e/x @1"],
  ],
  [
    "a directory entry through a link",
    [
      ["usr/", "usr/lib/", link("lib", "usr/lib")],
      ["lib/d/", "lib/d/x"],
    ],
    ["lib -> usr/lib @0", "usr/ @0", "usr/lib/ @0", "usr/lib/d/ @1", "usr/lib/d/x @1"],
  ],
])("an entry is written through %s", async (_, layers, expected) => {
  expect(lines(await treeOf(...layers))).toEqual(expected);
});

test.each<[string, Layer[], RegExp]>([
  ["below a file", [["a"], ["a/b"]], /layer 2: entry "a\/b": "a" above it is not a directory/],
  ["below a file through a link", [["f", link("a", "f")], ["a/b"]], /"f" above it is not a directory/],
  ["below links in a circle", [[link("a", "b"), link("b", "a")], ["a/x"]], /symlinks above it lead nowhere/],
  ["that links to nothing", [["a"], [hard("b", "c")]], /its target "c" is not there/],
  ["that links to a directory", [["d/"], [hard("b", "d")]], /its target "d" is not there, or not a file/],
  [
    "that links to what an earlier layer removed",
    [["a"], [".wh.a"], [hard("b", "a")]],
    /its target "a" is not there/,
  ],
])("mergeLayers() refuses an entry %s", async (_, layers, message) => {
  const merged = treeOf(...layers);
  await expect(merged).rejects.toMatchObject({ code: "invalid-layer" });
  await expect(merged).rejects.toThrow(message);
});

test("mergeLayers() of nothing has a root", () => {
  const tree = mergeLayers([]);
  expect([...tree.walk()].map(line)).toEqual(["/ @0 implied"]);
  expect(tree.get("")!.entry).toMatchObject({ type: "directory", mode: 0o755, uid: 0, gid: 0 });
  expect(tree.children("")).toEqual([]);
});

test("mergeLayers() takes the root's attributes from the layer that names it", async () => {
  const tree = await treeOf(["a"], [{ path: "./", mode: 0o700, uid: 5 }]);
  expect(tree.get("")!).toMatchObject({ layer: 1, entry: { path: "", mode: 0o700, uid: 5 } });
  expect(lines(tree)).toEqual(["a @0"]);
});

test("ImageTree gives children and walks in the order of bytes", async () => {
  const tree = await treeOf(["b", "a/", "a-/", "a/z", "a/Z", "\u{1f433}", "\ue000", "é"]);
  expect(tree.children("").map(({ entry }) => entry.path)).toEqual([
    "a",
    "a-",
    "b",
    "é",
    "\ue000",
    "\u{1f433}",
  ]);
  expect(lines(tree).slice(0, 4)).toEqual(["a/ @0", "a/Z @0", "a/z @0", "a-/ @0"]);
  expect([...tree.walk("a")].map(({ entry }) => entry.path)).toEqual(["a", "a/Z", "a/z"]);
  expect([...tree.walk("nothing")]).toEqual([]);
  expect(tree.children("b")).toEqual([]);
  expect(tree.children("nothing")).toEqual([]);
});

const world = await treeOf([
  "usr/",
  "usr/lib/",
  "usr/lib/x",
  link("lib", "usr/lib"),
  link("abs", "/usr/lib"),
  link("up", "../../../usr"),
  link("loop", "loop"),
  link("dead", "nowhere"),
  link("file", "usr/lib/x"),
  link("usr/lib/back", ".."),
  hard("also", "lib"),
]);

test.each([
  ["", "", ""],
  ["/", "", ""],
  ["usr/lib/x", "usr/lib/x", "usr/lib/x"],
  ["/usr//./lib/x", "usr/lib/x", "usr/lib/x"],
  ["lib", "lib", "usr/lib"],
  ["lib/", "usr/lib", "usr/lib"],
  ["lib/x", "usr/lib/x", "usr/lib/x"],
  ["abs/x", "usr/lib/x", "usr/lib/x"],
  ["also/x", "usr/lib/x", "usr/lib/x"],
  ["up/lib", "usr/lib", "usr/lib"],
  ["../../usr", "usr", "usr"],
  ["lib/../..", "", ""],
  ["lib/back/lib/back", "usr/lib/back", "usr"],
  ["file", "file", "usr/lib/x"],
  ["file/..", undefined, undefined],
  ["usr/lib/x/", undefined, undefined],
  ["dead", "dead", undefined],
  ["loop", "loop", undefined],
  ["loop/x", undefined, undefined],
  ["nothing/..", undefined, undefined],
])("resolve(%j) is %j, and %j with followLast", (path, found, followed) => {
  expect(world.resolve(path)?.entry.path).toBe(found);
  expect(world.resolve(path, { followLast: true })?.entry.path).toBe(followed);
});

test("resolve() gives up where Linux does", async () => {
  const chain = (length: number) =>
    treeOf([...Array.from({ length }, (_, i) => link(`l${i}`, `l${i + 1}`)), `l${length}`]);
  expect((await chain(40)).resolve("l0", { followLast: true })?.entry.path).toBe("l40");
  expect((await chain(41)).resolve("l0", { followLast: true })).toBeUndefined();
});

const plain = { mode: 0o644, uid: 0, gid: 0, sizeBytes: 0, modified: { seconds: 0, nanoseconds: 0 } };
const name = fc.constantFrom("a", "b", "c");
const arbitraryLayer = fc.array(
  fc.record({
    path: fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
    type: fc.constantFrom<LayerEntry["type"]>("file", "directory", "directory", "whiteout", "opaque"),
  }),
  { maxLength: 12 },
);

test("mergeLayers() agrees with the plain reading of the specification", () => {
  fc.assert(
    fc.property(fc.array(arbitraryLayer, { maxLength: 4 }), (layers) => {
      const made: LayerIndex[] = [];
      const model = new Map<string, string>();
      for (const [number, layer] of layers.entries()) {
        const entries = layer.map((entry): LayerEntry => ({ ...plain, ...entry }));
        const outcome = applyToModel(model, entries, number);
        const index = { diffId: digestOf(""), tarSizeBytes: 0, entries };
        if (!outcome) {
          expect(() => mergeLayers([...made, index])).toThrow("is not a directory");
          return;
        }
        made.push(index);
      }
      const expected = [...model].sort(([a], [b]) =>
        compareNames(a.replaceAll("/", "\0"), b.replaceAll("/", "\0")),
      );
      expect(lines(mergeLayers(made)).map((text) => text.replace(" implied", ""))).toEqual(
        expected.map(([path, what]) => `${path}${what}`),
      );
    }),
    { numRuns: 500 },
  );
});

/** False when a layer puts something below a file. */
function applyToModel(model: Map<string, string>, entries: readonly LayerEntry[], layer: number): boolean {
  const remove = (path: string, self: boolean) => {
    for (const other of model.keys())
      if (other.startsWith(`${path}/`) || (self && other === path)) model.delete(other);
  };
  for (const { type, path } of entries) {
    if (type === "whiteout") remove(path, true);
    if (type === "opaque") remove(path, false);
  }
  for (const { type, path } of entries) {
    if (type === "whiteout" || type === "opaque") continue;
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join("/");
      const there = model.get(parent);
      if (there === undefined) model.set(parent, `/ @${layer}`);
      else if (!there.startsWith("/")) return false;
    }
    if (type === "file") remove(path, true);
    model.set(path, `${type === "directory" ? "/" : ""} @${layer}`);
  }
  return true;
}

test("with() is merging anew, and leaves the tree below as it was", () => {
  fc.assert(
    fc.property(randomLayers, (layers) => {
      const indexes = layers.map(({ index }) => index);
      const trees = [mergeLayers([])];
      const all = (tree: ImageTree) => [...tree.walk()].map((node) => [line(node), node.entry]);
      for (const [number, index] of indexes.entries()) {
        const below = trees.at(-1)!;
        const before = all(below);
        trees.push(below.with(index));
        // Another tree on the same one, which may not even go together.
        try {
          below.with(indexes[0]!);
        } catch (error) {
          expect(error).toMatchObject({ code: "invalid-layer" });
        }
        expect(all(below)).toEqual(before);
        expect(all(trees.at(-1)!)).toEqual(all(mergeLayers(indexes.slice(0, number + 1))));
      }
      for (const [number, tree] of trees.entries())
        expect(all(tree)).toEqual(all(mergeLayers(indexes.slice(0, number))));
    }),
    { numRuns: 500 },
  );
});

// Were either not linear, they would take minutes.
test("mergeLayers() and walk() end with layers of 100,000 files", () => {
  const files = (prefix: string): LayerIndex => ({
    diffId: digestOf(prefix),
    tarSizeBytes: 0,
    entries: Array.from(
      { length: 100_000 },
      (_, i): LayerEntry => ({ ...plain, type: "file", path: `usr/lib/${prefix}${i % 500}/f${i}` }),
    ),
  });
  const layers = [files("a"), files("b"), files("a")];
  const tree = mergeLayers(layers);
  expect([...tree.walk()]).toHaveLength(200_000 + 1000 + 3);
}, 60_000);
