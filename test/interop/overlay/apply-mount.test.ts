/** What the kernel makes of unpacked layers, against the image tree. */
import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { applyLayer, mergeLayers } from "../../../src/layer/mod.ts";
import { layerTar } from "../../../src/layer/testing/layer-tar.ts";
import { canMountOverlays, mountOverlay } from "../../../src/layer/testing/overlay-mount.ts";
import {
  contentOf,
  linesOfTree,
  type RandomLayer,
  randomLayers,
} from "../../../src/layer/testing/random-layers.ts";
import { copyLayers } from "../../../src/sandbox/copied-root/copy-layers.ts";
import { treeDifference, treeOf } from "../../trees.ts";
import { scratch } from "../peers.ts";

async function unpack(
  layers: readonly RandomLayer[],
  directory: string,
  xattrs: "trusted" | "user",
): Promise<string[]> {
  const directories: string[] = [];
  for (const [number, { entries }] of layers.entries()) {
    const target = join(directory, `layer-${number}`);
    mkdirSync(target);
    const lower = mergeLayers(layers.slice(0, number).map(({ index }) => index));
    await applyLayer([await layerTar(entries)], target, {
      lower,
      async *readLower(path) {
        const node = lower.get(path)!;
        yield contentOf((node.target ?? node).entry);
      },
      mode: { kind: "overlay", xattrs },
      ownership: "keep",
    });
    directories.unshift(target);
  }
  return directories;
}

test.skipIf(!canMountOverlays()).each(["trusted", "user"] as const)(
  "layers unpacked with %s xattrs and mounted by the kernel are the image tree, and so is a copy of them",
  async (xattrs) => {
    await using work = await scratch("overlay");
    let count = 0;
    await fc.assert(
      fc.asyncProperty(randomLayers, async (layers) => {
        const directory = join(work.path, String(count++));
        for (const name of ["", "upper", "work", "merged"]) mkdirSync(join(directory, name));
        const lower = await unpack(layers, directory, xattrs);
        const [upper, workdir] = [join(directory, "upper"), join(directory, "work")];
        await using mounted = await mountOverlay(
          { lower, upper, work: workdir, xattrs },
          join(directory, "merged"),
        );
        const tree = mergeLayers(layers.map(({ index }) => index));
        const copy = join(directory, "copy");
        mkdirSync(copy);
        copyLayers([upper, ...lower], copy);
        const options = { times: "seconds", links: false } as const;
        expect(treeDifference(treeOf(copy, options).sort(), treeOf(mounted.path, options).sort())).toEqual(
          [],
        );
        // A hard link into a lower layer is a copy; and the root's attributes are those of the upper directory.
        const lines = treeOf(mounted.path, { times: "seconds", links: false });
        const expected = linesOfTree(tree, { links: false });
        expect(treeDifference(lines.slice(1).sort(), expected.slice(1).sort())).toEqual([]);
      }),
      { numRuns: Number(process.env.KASANE_FUZZ_RUNS ?? 100) },
    );
  },
);
