import { pairLayers } from "../image/mod.ts";
import type { LocalImage, LocalStore } from "./local-store.ts";

/** The file system of an image as one tar, without unpacking. The same image gives the same bytes. Hold the image while reading. */
export async function* exportImage(
  store: Pick<LocalStore, "tree" | "blobs" | "layerIndex">,
  image: Pick<LocalImage, "manifest" | "config">,
): AsyncGenerator<Uint8Array> {
  const [{ flattenLayers }, { writeTar }] = await Promise.all([
    import("../layer/mod.ts"),
    import("../tar/mod.ts"),
  ]);
  const layers = await Promise.all(
    pairLayers(image.manifest, image.config).map(async ({ descriptor, diffId }) => ({
      index: await store.layerIndex(descriptor, diffId),
      open: () => store.blobs.open(descriptor.digest),
    })),
  );
  yield* writeTar(flattenLayers({ tree: await store.tree(image), layers }));
}
