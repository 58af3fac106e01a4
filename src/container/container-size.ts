import type { LocalStore } from "../store/mod.ts";
import { treeBytes } from "../store/space/file-sizes.ts";
import type { Container } from "./container.ts";
import { upperDirectory } from "./container-directory.ts";

/** What a container has written, bytes of files: docker's size of its writable layer. */
export function containerSize(store: Pick<LocalStore, "root">, id: string): number {
  return treeBytes(upperDirectory(store, id)).sizeBytes;
}

/** Bytes that a container has written, and those with everything its image holds. */
export async function containerSizes(
  store: LocalStore,
  { id, manifest }: Container,
): Promise<{ written: number; all: number }> {
  const written = containerSize(store, id);
  const record = await store.meta.manifests.get(manifest);
  let image = 0;
  for (const layer of record?.layers ?? []) {
    image += (await store.meta.layers.byBlob(layer.digest))?.contentSizeBytes ?? 0;
  }
  return { written, all: written + image };
}
