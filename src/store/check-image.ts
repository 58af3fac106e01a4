import { KasaneError, mapConcurrent } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import { type Descriptor, type ImageManifest, isImageConfigType, layerType } from "../oci/mod.ts";
import { readConfig } from "./read-config.ts";
import type { StoreParts } from "./store-parts.ts";

/**
 * What a manifest names is here and held, and its layers unpack to what its config says they do.
 * @throws KasaneError `not-found`, `invalid-layer`, `invalid-manifest`, `invalid-config`
 */
export async function checkImage(parts: StoreParts, lease: LeaseId, manifest: ImageManifest): Promise<void> {
  const layers = manifest.layers.filter((layer) => !isForeign(layer));
  const needed = [manifest.config, ...layers];
  await parts.meta.leases.hold(
    lease,
    needed.map((descriptor) => descriptor.digest),
  );
  const stored = await mapConcurrent(needed, 8, ({ digest }) => parts.blobs.stat(digest));
  for (const [index, blob] of stored.entries()) checkStored(needed[index]!, blob?.sizeBytes);
  if (!isImageConfigType(manifest.config.mediaType)) return;
  const diffIds = (await readConfig(parts, manifest)).rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) {
    throw new KasaneError(
      "invalid-manifest",
      `cannot store the image: its manifest names ${manifest.layers.length} layers, its config ${diffIds.length}`,
    );
  }
  await mapConcurrent(manifest.layers, 2, async (layer, index) => {
    // Attestations have an image config and layers that are none.
    if (layerType(layer.mediaType) === undefined || isForeign(layer)) return;
    const diffId = await parts.indexes.diffIdOf(layer);
    if (diffId !== diffIds[index]) {
      throw new KasaneError(
        "invalid-layer",
        `cannot store the image: layer ${layer.digest} unpacks to ${diffId}, and its config says ${diffIds[index]}`,
      );
    }
  });
}

/** A layer that stays where its `urls` say, and may be missing here. */
function isForeign(layer: Descriptor): boolean {
  return layerType(layer.mediaType)?.foreign === true && (layer.urls?.length ?? 0) > 0;
}

function checkStored({ digest, size }: Descriptor, storedBytes: number | undefined): void {
  if (storedBytes === undefined) {
    throw new KasaneError(
      "not-found",
      `cannot store the image: it needs blob ${digest}, which is not in the store`,
      { hint: "get the image again from where it came; a part of it did not arrive" },
    );
  }
  if (storedBytes !== size) {
    throw new KasaneError(
      "invalid-manifest",
      `cannot store the image: its manifest says that blob ${digest} has ${size} bytes, and it has ${storedBytes}`,
    );
  }
}
