import type { ImageLayer } from "../image/mod.ts";
import { decompress } from "../layer/mod.ts";
import { layerType } from "../oci/mod.ts";
import { setting } from "./cache/step-key.ts";
import type { ImageShape } from "./image-shape.ts";
import type { BuildSession } from "./session.ts";

export interface Recompression extends ImageShape {
  /** Made by this build, with the compression that it was told. */
  readonly isOwn: boolean;
}

/** The layer with another compression, where it does not have it: the same files, the same diffID, another blob. Done once and kept with the cache. */
export async function recompress(
  session: BuildSession,
  layer: ImageLayer,
  { compression, compressionLevel: level, mediaTypes, isOwn }: Recompression,
): Promise<ImageLayer> {
  const there = layerType(layer.descriptor.mediaType);
  // Of a layer that came from elsewhere nobody knows the level.
  const hasLevel = !isOwn || level === session.options.compressionLevel;
  if (!there || there.foreign || (there.compression === compression && hasLevel)) return layer;
  const { annotations } = layer.descriptor;
  const marked = (made: ImageLayer): ImageLayer =>
    annotations ? { ...made, descriptor: { ...made.descriptor, annotations } } : made;
  const parts = [setting("layer", [layer.diffId, compression, level ?? null, mediaTypes])];
  const key = { form: "recompress/2", parts };
  const known = await session.cache.get(key);
  if (known && known !== "none") return marked(known);
  const made = await session.cache.once(key, () =>
    session.work(async () => {
      const tar = decompress(await session.store.blobs.open(layer.descriptor.digest));
      const { descriptor, diffId } = await session.store.writeLayer(
        { tar },
        {
          lease: session.lease,
          compression,
          mediaTypes,
          ...(level !== undefined && { level }),
        },
      );
      return { descriptor, diffId };
    }),
  );
  await session.cache.put(key, made, `layer as ${compression}`);
  return marked(made);
}
