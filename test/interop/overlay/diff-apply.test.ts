/** What happened in an overlay mount, made into a layer and unpacked again: the same tree. */
import { describe, expect, test } from "bun:test";
import { lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { isImageXattr } from "../../../src/layer/image-xattrs.ts";
import {
  applyLayer,
  createUpper,
  diffUpper,
  type ImageTree,
  indexLayer,
  LayerTar,
  mergeLayers,
  type OverlayXattrs,
  settleUpper,
} from "../../../src/layer/mod.ts";
import { layerTar } from "../../../src/layer/testing/layer-tar.ts";
import { canMountOverlays, mountOverlay } from "../../../src/layer/testing/overlay-mount.ts";
import { applyChanges, type Change, randomChanges } from "../../../src/layer/testing/random-changes.ts";
import { contentOf, type RandomLayer, randomLayers } from "../../../src/layer/testing/random-layers.ts";
import { collect } from "../../../src/lib/mod.ts";
import { writeTar } from "../../../src/tar/mod.ts";
import { treeDifference, treeOf } from "../../trees.ts";
import { scratch } from "../peers.ts";

const runs = { numRuns: Number(process.env.KASANE_FUZZ_RUNS ?? 60) };
const noSockets = { times: "nanoseconds", links: false } as const;

interface Image {
  readonly tree: ImageTree;
  /** Overlay lower directories, top first. */
  readonly lower: readonly string[];
  /** The same, merged into one directory. */
  readonly merged: string;
}

async function unpackImage(
  layers: readonly RandomLayer[],
  work: string,
  xattrs: OverlayXattrs,
): Promise<Image> {
  const lowerDirectories: string[] = [];
  const merged = join(work, "flat");
  createUpper(merged, mergeLayers(layers.map(({ index }) => index)).get("")?.entry, { ownership: "keep" });
  for (const [number, { entries }] of layers.entries()) {
    const below = mergeLayers(layers.slice(0, number).map(({ index }) => index));
    const options = {
      lower: below,
      async *readLower(path: string) {
        const node = below.get(path)!;
        yield contentOf((node.target ?? node).entry);
      },
      ownership: "keep",
    } as const;
    const target = join(work, `layer-${number}`);
    mkdirSync(target);
    const tar = await layerTar(entries);
    await applyLayer([tar], target, { ...options, mode: { kind: "overlay", xattrs } });
    await applyLayer([tar], merged, { ...options, mode: { kind: "merge" } });
    lowerDirectories.unshift(target);
  }
  return { tree: mergeLayers(layers.map(({ index }) => index)), lower: lowerDirectories, merged };
}

/** Names of one file in the upper directory must be names of one file in the unpacked layer. */
function linkPairs(upper: string): [string, string][] {
  return treeOf(upper, { path: () => true })
    .filter((line) => !/^"[^"]*" (character-device 0000|socket)/.test(line))
    .map((line) => /^"([^"]*)" .* =(\S+)/.exec(line))
    .filter((match) => match !== null)
    .map(([, path, first]) => [path!, first!]);
}

describe.skipIf(!canMountOverlays())("diffUpper() and applyLayer()", () => {
  test.each([
    "trusted",
    "user",
  ] as const)("give back any change made in an overlay with %s xattrs", async (xattrs) => {
    await using work = await scratch("diff");
    let count = 0;
    await fc.assert(
      fc.asyncProperty(randomLayers, randomChanges, async (layers, changes) => {
        const directory = join(work.path, String(count++));
        mkdirSync(directory);
        await roundTrip(directory, layers, changes, xattrs);
      }),
      runs,
    );
  });
});

async function roundTrip(
  directory: string,
  layers: readonly RandomLayer[],
  changes: readonly Change[],
  xattrs: OverlayXattrs,
): Promise<void> {
  const image = await unpackImage(layers, directory, xattrs);
  const [upper, work, mountPoint] = ["upper", "work", "mount"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [work, mountPoint]) mkdirSync(path);
  createUpper(upper, image.tree.get("")?.entry, { ownership: "keep" });
  let wanted: string[];
  {
    await using mounted = await mountOverlay({ lower: image.lower, upper, work, xattrs }, mountPoint);
    applyChanges(mounted.path, changes);
    wanted = withoutRootTime(treeOf(mounted.path, noSockets).filter((line) => !/^"[^"]*" socket/.test(line)));
  }

  const tar = await collect(writeTar(diffUpper(upper, { lower: image.tree, xattrs })), 1 << 24, "the layer");
  const again = await collect(
    writeTar(diffUpper(upper, { lower: image.tree, xattrs })),
    1 << 24,
    "the layer",
  );
  expect(Buffer.compare(tar, again)).toBe(0);
  const index = await indexLayer([tar]);
  const tree = mergeLayers([...layers.map((layer) => layer.index), index]);

  const merged = join(directory, "applied");
  const copied = Bun.spawnSync(["cp", "-aT", image.merged, merged]);
  expect(copied.success).toBe(true);
  await applyLayer([tar], merged, { mode: { kind: "merge" }, ownership: "keep" });
  expect(treeDifference(wanted, withoutRootTime(treeOf(merged, noSockets)))).toEqual([]);
  for (const [path, first] of linkPairs(upper)) {
    expect(lstatSync(join(merged, path)).ino).toBe(lstatSync(join(merged, first)).ino);
  }

  const unpacked = join(directory, "layer-new");
  mkdirSync(unpacked);
  await applyLayer([tar], unpacked, {
    lower: image.tree,
    mode: { kind: "overlay", xattrs },
    ownership: "keep",
  });
  const [upper2, work2] = [join(directory, "upper2"), join(directory, "work2")];
  mkdirSync(work2);
  createUpper(upper2, tree.get("")?.entry, { ownership: "keep" });
  await using mounted = await mountOverlay(
    { lower: [unpacked, ...image.lower], upper: upper2, work: work2, xattrs },
    mountPoint,
  );
  expect(treeDifference(wanted, withoutRootTime(treeOf(mounted.path, noSockets)))).toEqual([]);
  await settledIsUnpacked(directory, image, upper, xattrs);
}

/** settleUpper() makes of an upper directory what applyLayer() makes of its layer, mark by mark: nobody can tell which it was. */
async function settledIsUnpacked(
  directory: string,
  image: Image,
  upper: string,
  xattrs: OverlayXattrs,
): Promise<void> {
  const clamp = { fromMs: Date.now() - 3_600_000, seconds: 1_000_000 };
  const layer = new LayerTar(diffUpper(upper, { lower: image.tree, xattrs, clamp }));
  const tar = await collect(layer.bytes(), 1 << 24, "the layer");
  const unpacked = join(directory, "layer-clamped");
  mkdirSync(unpacked);
  await applyLayer([tar], unpacked, {
    lower: image.tree,
    mode: { kind: "overlay", xattrs },
    ownership: "keep",
  });
  const isSettled = settleUpper(upper, layer.index(), { xattrs, ownership: "keep", clamp });
  expect(isSettled).toBe(true);
  const raw = { ...noSockets, xattr: (key: string) => isImageXattr(key) || key.endsWith(".overlay.opaque") };
  const marks = (path: string) =>
    withoutRootTime(treeOf(path, raw)).map((line) =>
      line.includes(" character-device 0000 ") ? line.replace(/ @\S+/, "") : line,
    );
  expect(treeDifference(marks(upper), marks(unpacked))).toEqual([]);
  for (const [path, first] of linkPairs(unpacked)) {
    expect(lstatSync(join(upper, path)).ino).toBe(lstatSync(join(upper, first)).ino);
  }
}

/** The time of the root directory is not kept: it changes with every mount point. */
function withoutRootTime(lines: readonly string[]): string[] {
  return lines.map((line) => (line.startsWith('"/" ') ? line.replace(/ @\S+/, "") : line));
}
