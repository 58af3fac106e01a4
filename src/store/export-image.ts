import type { LocalImage, LocalStore } from "./local-store.ts";

/**
 * The file system of an image as one tar, without unpacking: links and devices, then the files of each layer in one pass over it, then
 * hard links. Directories come last, children before parents: what is put into one would change its time, and may not be allowed any more
 * under its mode. Each path is there once, because engines refuse layers that name one twice. The same image gives the same bytes. Hold the
 * image while reading.
 */
export async function* exportImage(
  store: Pick<LocalStore, "tree" | "blobs" | "layerIndex">,
  image: Pick<LocalImage, "manifest" | "config">,
): AsyncGenerator<Uint8Array> {
  const { writeTar } = await import("../tar/mod.ts");
  const { exportedMembers } = await import("./image-members.ts");
  yield* writeTar(exportedMembers(store, image, await store.tree(image)));
}
