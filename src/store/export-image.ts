import type { TarInput } from "../tar/mod.ts";
import type { LocalImage, LocalStore } from "./local-store.ts";

/** The file system of an image as one tar, without unpacking. The same image gives the same bytes. Hold the image while reading. */
export async function* exportImage(
  store: Pick<LocalStore, "tree" | "blobs" | "layerIndex">,
  image: Pick<LocalImage, "manifest" | "config">,
): AsyncGenerator<Uint8Array> {
  const { writeTar } = await import("../tar/mod.ts");
  yield* writeTar(await imageFiles(store, image));
}

/** What is in exportImage()'s tar. */
export async function imageFiles(
  store: Pick<LocalStore, "tree" | "blobs" | "layerIndex">,
  image: Pick<LocalImage, "manifest" | "config">,
): Promise<AsyncIterable<TarInput>> {
  const [{ pairLayers }, { flattenLayers }] = await Promise.all([
    import("../image/mod.ts"),
    import("../layer/mod.ts"),
  ]);
  const layers = await Promise.all(
    pairLayers(image.manifest, image.config).map(async ({ descriptor, diffId }) => ({
      index: await store.layerIndex(descriptor, diffId),
      open: () => store.blobs.open(descriptor.digest),
    })),
  );
  return flattenLayers({ tree: await store.tree(image), layers });
}
