import { expect, test } from "bun:test";
import fc from "fast-check";
import { collect } from "../lib/mod.ts";
import { writeTar } from "../tar/mod.ts";
import { indexLayer } from "./layer-index.ts";
import { squashLayers } from "./squash.ts";
import { layerTar, type TestEntry } from "./testing/layer-tar.ts";
import { linesOfTree, randomLayers } from "./testing/random-layers.ts";
import { treeDifference } from "./testing/tree-of.ts";
import { mergeLayers } from "./tree.ts";

type Entries = readonly (TestEntry | string)[];

async function squash(archives: readonly Entries[], from: number): Promise<Uint8Array> {
  const layers = await Promise.all(
    archives.map(async (entries) => {
      const bytes = await layerTar(entries);
      return { index: await indexLayer([bytes]), open: async () => [bytes] };
    }),
  );
  return collect(writeTar(squashLayers(layers, from)), 1 << 24, "the tar");
}

test("squashLayers() leaves out what came and went, and marks what went from below", async () => {
  const tar = await squash(
    [
      [
        "d/",
        { path: "d/old", content: "1" },
        { path: "d/gone", content: "2" },
        "e/",
        { path: "e/x", content: "3" },
      ],
      [{ path: "d/new", content: "4" }, { path: "passing", content: "5" }, "e/.wh..wh..opq"],
      ["d/.wh.gone", ".wh.passing", { path: "d/new", content: "6" }],
    ],
    1,
  );
  const { entries } = await indexLayer([tar]);
  expect(entries.map(({ type, path }) => `${type} ${path}`)).toEqual([
    "whiteout d/gone",
    "whiteout e/x",
    "directory d",
    "directory e",
    "file d/new",
  ]);
});

test("squashLayers() of any layers gives the same tree on top of those below", async () => {
  await fc.assert(
    fc.asyncProperty(randomLayers, fc.nat({ max: 3 }), async (random, number) => {
      const from = Math.min(number, random.length);
      const indexes = random.map(({ index }) => index);
      const squashed = await squash(
        random.map(({ entries }) => entries),
        from,
      );
      const before = linesOfTree(mergeLayers(indexes), { links: true });
      const after = linesOfTree(mergeLayers([...indexes.slice(0, from), await indexLayer([squashed])]), {
        links: true,
      });
      expect(treeDifference(after, before)).toEqual([]);
    }),
    { numRuns: Number(process.env.KASANE_FUZZ_RUNS ?? 150) },
  );
});
