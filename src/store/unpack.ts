import { join } from "node:path";
import { pairLayers } from "../image/mod.ts";
import { entryOf } from "../layer/layer-index-file.ts";
import type { LayerEntry } from "../layer/mod.ts";
import { isKasaneError, mapConcurrent, type ProgressListener } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import { chainIds, type ImageConfig, type ImageManifest } from "../oci/mod.ts";
import type { UnpackedImage } from "./local-store.ts";
import type { StoreParts } from "./store-parts.ts";
import { readReady, type UnpackedLayer } from "./unpacked.ts";
import { possibleKeys } from "./unpacked-key.ts";

/** Layers unpacked at the same time: decompression has threads of its own, writing files has one. */
const jobs = 4;

/** An image's layers as overlay lower directories, each unpacked once for all images that have it. */
export async function unpackImage(
  parts: StoreParts,
  image: { manifest: ImageManifest; config: ImageConfig },
  options: { lease: LeaseId; progress?: ProgressListener },
): Promise<UnpackedImage> {
  const { lease } = options;
  const layers = layersOf(parts, image);
  const held = layers.flatMap(({ descriptor, alone, leaning }) => [
    descriptor.digest,
    `unpacked:${alone}`,
    `unpacked:${leaning}`,
  ]);
  await parts.meta.leases.hold(lease, held);
  try {
    const ready = await readyLayers(parts, layers);
    const directories =
      ready?.map(({ key }) => join(parts.root, "unpacked", key, "fs")) ??
      (await unpackLayers(parts, layers, options));
    let isReleased = false;
    return {
      // Overlay refuses one directory twice. Of the same layer twice, the upper one hides the lower one entirely.
      lower: [...new Set(directories.toReversed())],
      root: () => rootOf(parts, image, ready),
      async release() {
        if (isReleased) return;
        isReleased = true;
        try {
          await parts.meta.leases.drop(lease, held);
        } catch (error) {
          // On a full disk they are held until the lease ends: what the image was unpacked for is done.
          if (!isKasaneError(error, "no-space")) throw error;
        }
      },
    };
  } catch (error) {
    await parts.meta.leases.drop(lease, held);
    throw error;
  }
}

type Layer = ReturnType<typeof layersOf>[number];

function layersOf(parts: StoreParts, image: { manifest: ImageManifest; config: ImageConfig }) {
  const layers = pairLayers(image.manifest, image.config);
  const chain = chainIds(layers.map(({ diffId }) => diffId));
  return layers.map((layer, position) => {
    const chainId = chain[position]!;
    return { ...layer, chainId, ...possibleKeys(layer.diffId, chainId, parts.ownership) };
  });
}

interface ReadyLayer {
  readonly key: string;
  readonly layer: UnpackedLayer;
}

/** Where all of them are there already. Nobody reads their indexes for that: of a base image it takes 40 ms. */
async function readyLayers(parts: StoreParts, layers: readonly Layer[]): Promise<ReadyLayer[] | undefined> {
  const ready: ReadyLayer[] = [];
  for (const { alone, leaning } of layers) {
    const found = (await readyAt(parts, alone)) ?? (await readyAt(parts, leaning));
    if (found === undefined) return undefined;
    ready.push(found);
  }
  return ready;
}

async function readyAt(parts: StoreParts, key: string): Promise<ReadyLayer | undefined> {
  const layer = await readReady(join(parts.root, "unpacked", key));
  return layer && { key, layer };
}

async function rootOf(
  parts: StoreParts,
  image: { manifest: ImageManifest; config: ImageConfig },
  ready: readonly ReadyLayer[] | undefined,
): Promise<LayerEntry | undefined> {
  if (ready?.every(({ layer }) => layer.root !== undefined)) {
    const described = ready.findLast(({ layer }) => layer.root !== null);
    return described && entryOf(described.layer.root!);
  }
  const { treeOf } = await import("./tree.ts");
  return (await treeOf(parts, image)).get("")?.entry;
}

async function unpackLayers(
  parts: StoreParts,
  layers: readonly Layer[],
  options: { lease: LeaseId; progress?: ProgressListener },
): Promise<string[]> {
  const { unpackedKey, unpackLayer } = await import("./unpack-layer.ts");
  const indexes = await mapConcurrent(layers, 2, ({ descriptor, diffId }) =>
    parts.indexes.get(descriptor, diffId),
  );
  const directories: Promise<string>[] = [];
  return mapConcurrent(layers, jobs, ({ descriptor, chainId }, position) => {
    const index = indexes[position]!;
    // mapConcurrent starts in order, so everything below has been started.
    const below = { indexes: indexes.slice(0, position), directories: directories.slice(0, position) };
    const key = unpackedKey(index, chainId, parts.ownership);
    const work = unpackLayer(parts, { descriptor, index, key, below }, options);
    directories.push(work);
    return work;
  });
}
