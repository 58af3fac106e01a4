import { pairLayers } from "../image/mod.ts";
import { type ImageTree, mergeLayers } from "../layer/mod.ts";
import { mapConcurrent } from "../lib/mod.ts";
import type { ImageConfig, ImageManifest } from "../oci/mod.ts";
import type { StoreParts } from "./store-parts.ts";

/** The file tree of an image, from the indexes of its layers. */
export async function treeOf(
  parts: StoreParts,
  { manifest, config }: { manifest: ImageManifest; config: ImageConfig },
): Promise<ImageTree> {
  const layers = pairLayers(manifest, config);
  return mergeLayers(
    await mapConcurrent(layers, 2, ({ descriptor, diffId }) => parts.indexes.get(descriptor, diffId)),
  );
}
