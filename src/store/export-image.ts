import type { LocalImage, LocalStore } from "./local-store.ts";

/**
 * The file system of an image as one tar, without unpacking: what is not content first (parents before children), then the files of each
 * layer in one pass over it, then hard links, then the directories again whose time and mode the files would have disturbed. The same
 * image gives the same bytes. Hold the image while reading.
 */
export async function* exportImage(
  store: Pick<LocalStore, "tree" | "blobs" | "layerIndex">,
  image: Pick<LocalImage, "manifest" | "config">,
): AsyncGenerator<Uint8Array> {
  const { writeTar } = await import("../tar/mod.ts");
  const { exportedMembers } = await import("./image-members.ts");
  yield* writeTar(exportedMembers(store, image, await store.tree(image)));
}
