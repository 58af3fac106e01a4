import { expect, test } from "bun:test";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { collect } from "../lib/mod.ts";
import { writeTar } from "../tar/mod.ts";
import { applyLayer } from "./apply.ts";
import { compress } from "./compression.ts";
import { directoryTar } from "./directory-tar.ts";
import { flattenLayers } from "./flatten.ts";
import { indexLayer } from "./layer-index.ts";
import { isRoot, layerTar, type TestEntry, temporaryDirectory } from "./testing/layer-tar.ts";
import { linesOfTree, randomLayers } from "./testing/random-layers.ts";
import { treeDifference, treeOf } from "./testing/tree-of.ts";
import { mergeLayers } from "./tree.ts";

async function flatten(
  ...archives: (readonly (TestEntry | string)[])[]
): Promise<{ tar: Uint8Array; opened: number[] }> {
  const opened: number[] = [];
  const layers = await Promise.all(
    archives.map(async (entries, number) => {
      const bytes = await layerTar(entries);
      const open = async () => {
        opened.push(number);
        return compress([bytes], "gzip");
      };
      return { index: await indexLayer([bytes]), open };
    }),
  );
  const tree = mergeLayers(layers.map(({ index }) => index));
  return { tar: await collect(writeTar(flattenLayers({ tree, layers })), 1 << 24, "the tar"), opened };
}

async function pathsOf(tar: Uint8Array): Promise<string[]> {
  const { entries } = await indexLayer([tar]);
  return entries.map(
    ({ path, type, linkTarget }) => `${type} ${path}${type === "hardlink" ? ` → ${linkTarget}` : ""}`,
  );
}

test("flattenLayers() takes each path from the layer that has it last, and no whiteouts", async () => {
  const { tar, opened } = await flatten(
    [
      "./",
      "d/",
      { path: "d/old", content: "1" },
      { path: "d/gone", content: "2" },
      { path: "e/x", content: "3" },
    ],
    ["d/.wh.gone", { path: "d/old", content: "new" }, ".wh.f", { path: "l", to: "d" }],
    [
      { path: "l/through", content: "4" },
      { path: "d/", mode: 0o700 },
    ],
  );
  expect(await pathsOf(tar)).toEqual([
    "directory e",
    "file e/x",
    "file d/old",
    "file d/through",
    // These got something after others.
    "directory ",
    "symlink l",
    "directory d",
  ]);
  expect(opened).toEqual([0, 1, 2]);
});

test.skipIf(Bun.which("tar") === null)(
  "flattenLayers() keeps the times of directories where tar unpacks it",
  async () => {
    await using scratch = temporaryDirectory();
    const { tar } = await flatten(
      [{ path: "d/" }, { path: "d/a", content: "1" }, { path: "e/" }, { path: "e/b", content: "2" }],
      [
        { path: "d/absolute", to: "/nowhere" },
        { path: "d/linked", type: "hardlink", to: "d/absolute" },
        { path: "e/above", to: "../d" },
        { path: "e/d", content: "4" },
      ],
    );
    const { success } = Bun.spawnSync(["tar", "-xf", "-", "-C", scratch.path], { stdin: tar });
    expect(success).toBe(true);
    const times = ["d", "e"].map((name) => statSync(join(scratch.path, name)).mtimeMs);
    expect(times).toEqual([1e6, 1e6]);
  },
);

test("flattenLayers() does not open a layer nothing is seen of", async () => {
  const { opened } = await flatten(
    [{ path: "a", content: "1" }],
    ["b/", "empty"],
    [{ path: "a", content: "2" }],
  );
  expect(opened).toEqual([2]);
});

test("flattenLayers() keeps hard links across layers, also where the first name is gone or another file now", async () => {
  const { tar } = await flatten(
    [
      { path: "a", content: "one" },
      { path: "b", type: "hardlink", to: "a" },
      { path: "c", type: "hardlink", to: "a" },
    ],
    [{ path: "z/d", type: "hardlink", to: "b" }],
    [{ path: "a", content: "other" }],
  );
  expect(await pathsOf(tar)).toEqual([
    "file b",
    "hardlink c → b",
    "directory z",
    "hardlink z/d → b",
    "file a",
  ]);
});

test("flattenLayers() says so when a layer is not what its index says", async () => {
  const index = await indexLayer([await layerTar([{ path: "a", content: "1" }])]);
  const other = await layerTar([{ path: "b", content: "1" }]);
  const flat = flattenLayers({ tree: mergeLayers([index]), layers: [{ index, open: async () => [other] }] });
  expect(collect(writeTar(flat), 1 << 20, "the tar")).rejects.toMatchObject({ code: "io" });
});

test("flattenLayers() says so when the bytes of a file were damaged since", async () => {
  const layer = await layerTar([{ path: "a", content: "the truth" }]);
  const index = await indexLayer([layer]);
  const damaged = Buffer.from(Buffer.from(layer).toString("latin1").replace("truth", "lies!"), "latin1");
  const flat = flattenLayers({
    tree: mergeLayers([index]),
    layers: [{ index, open: async () => [damaged] }],
  });
  expect(collect(writeTar(flat), 1 << 20, "the tar")).rejects.toMatchObject({ code: "invalid-layer" });
});

// Directories that no layer names belong to root.
test.skipIf(!isRoot)(
  "flattenLayers() unpacks to the image tree, and directoryTar() of that as well",
  async () => {
    await using scratch = temporaryDirectory();
    let count = 0;
    await fc.assert(
      fc.asyncProperty(randomLayers, async (random) => {
        const directory = join(scratch.path, String(count++));
        const tree = mergeLayers(random.map(({ index }) => index));
        const layers = await Promise.all(
          random.map(async ({ entries, index }) => {
            const tar = await layerTar(entries);
            return { index, open: async () => [tar] };
          }),
        );
        const expected = linesOfTree(tree, { links: true }).slice(1).sort();
        mkdirSync(directory);
        for (const [name, inputs] of [
          ["flat", () => flattenLayers({ tree, layers })],
          ["again", () => directoryTar(join(directory, "flat"))],
        ] as const) {
          const target = join(directory, name);
          mkdirSync(target);
          await applyLayer(writeTar(inputs()), target, { mode: { kind: "merge" }, ownership: "keep" });
          const lines = treeOf(target, { times: "seconds" }).slice(1).sort();
          expect(treeDifference(lines, expected)).toEqual([]);
        }
      }),
      { numRuns: Number(process.env.KASANE_FUZZ_RUNS ?? 30) },
    );
  },
);
