import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { applyLayer } from "./apply.ts";
import { isRoot, layerTar, temporaryDirectory } from "./testing/layer-tar.ts";
import { contentOf, linesOfTree, randomLayers } from "./testing/random-layers.ts";
import { treeDifference, treeOf } from "./testing/tree-of.ts";
import { mergeLayers } from "./tree.ts";

// Directories that no layer names belong to root.
test.skipIf(!isRoot)("applyLayer() in merge mode and mergeLayers() agree about every image", async () => {
  await using scratch = temporaryDirectory();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(randomLayers, async (layers) => {
      const directory = join(scratch.path, String(count++));
      mkdirSync(directory);
      for (const [number, { entries }] of layers.entries()) {
        const lower = mergeLayers(layers.slice(0, number).map(({ index }) => index));
        await applyLayer([await layerTar(entries)], directory, {
          lower,
          async *readLower(path) {
            const node = lower.get(path)!;
            yield contentOf((node.target ?? node).entry);
          },
          mode: { kind: "merge" },
          ownership: "keep",
        });
      }
      const tree = mergeLayers(layers.map(({ index }) => index));
      const lines = treeOf(directory, { times: "seconds" });
      // The root itself is the scratch directory.
      expect(
        treeDifference(lines.slice(1).sort(), linesOfTree(tree, { links: true }).slice(1).sort()),
      ).toEqual([]);
    }),
    { numRuns: Number(process.env.KASANE_FUZZ_RUNS ?? 80) },
  );
});
