import { pairLayers } from "../image/mod.ts";
import { isKasaneError, mapConcurrent, type ProgressListener } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import { chainIds, type Descriptor, type Digest, type ImageConfig, type ImageManifest } from "../oci/mod.ts";
import type { UnpackedImage } from "./local-store.ts";
import type { StoreParts } from "./store-parts.ts";
import { unpackLayer } from "./unpack-layer.ts";
import { unpackedKey } from "./unpacked-key.ts";

/** Layers unpacked at the same time: decompression has threads of its own, writing files has one. */
const jobs = 4;

/** An image's layers as overlay lower directories, each unpacked once for all images that have it. */
export async function unpackImage(
  parts: StoreParts,
  image: { manifest: ImageManifest; config: ImageConfig },
  options: { lease: LeaseId; progress?: ProgressListener },
): Promise<UnpackedImage> {
  const layers = pairLayers(image.manifest, image.config);
  const { lease } = options;
  const held = layers.map(({ descriptor }): string => descriptor.digest);
  await parts.meta.leases.hold(lease, held);
  try {
    const lower = await unpackLayers(parts, layers, { ...options, held });
    let isReleased = false;
    return {
      lower,
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

async function unpackLayers(
  parts: StoreParts,
  layers: readonly { descriptor: Descriptor; diffId: Digest }[],
  options: { lease: LeaseId; held: string[]; progress?: ProgressListener },
): Promise<string[]> {
  const indexes = await mapConcurrent(layers, 2, ({ descriptor, diffId }) =>
    parts.indexes.get(descriptor, diffId),
  );
  const chain = chainIds(layers.map((layer) => layer.diffId));
  const keys = indexes.map((index, position) => unpackedKey(index, chain[position]!, parts.ownership));
  const holds = keys.map((key) => `unpacked:${key}`);
  await parts.meta.leases.hold(options.lease, holds);
  options.held.push(...holds);

  const directories: Promise<string>[] = [];
  const paths = await mapConcurrent(layers, jobs, ({ descriptor }, position) => {
    // mapConcurrent starts in order, so everything below has been started.
    const below = { indexes: indexes.slice(0, position), directories: directories.slice(0, position) };
    const work = unpackLayer(
      parts,
      { descriptor, index: indexes[position]!, key: keys[position]!, below },
      options,
    );
    directories.push(work);
    return work;
  });
  // Overlay refuses one directory twice. Of the same layer twice, the upper one hides the lower one entirely.
  return [...new Set(paths.toReversed())];
}
