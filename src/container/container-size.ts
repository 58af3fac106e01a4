import { lstatSync } from "node:fs";
import { join } from "node:path";
import { isCopiedUpper } from "../sandbox/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { treeBytes } from "../store/space/file-sizes.ts";
import type { Container } from "./container.ts";
import { containerChanges } from "./container-changes.ts";
import { upperDirectory } from "./container-directory.ts";

/** What a container's own files take: docker's size of its writable layer, and of a copied one all that was copied. */
export function containerSize(store: Pick<LocalStore, "root">, id: string): number {
  return treeBytes(upperDirectory(store, id)).sizeBytes;
}

async function writtenBytes(store: LocalStore, container: Container): Promise<number> {
  const upper = upperDirectory(store, container.id);
  if (!isCopiedUpper(upper)) return containerSize(store, container.id);
  let bytes = 0;
  for (const { kind, path } of await containerChanges(store, container)) {
    const status = kind === "deleted" ? undefined : lstatSync(join(upper, path), { throwIfNoEntry: false });
    if (status?.isDirectory() === false) bytes += status.size;
  }
  return bytes;
}

/** Bytes that a container has written, and those with everything its image holds. */
export async function containerSizes(
  store: LocalStore,
  container: Container,
): Promise<{ written: number; all: number }> {
  const written = await writtenBytes(store, container);
  const record = await store.meta.manifests.get(container.manifest);
  let image = 0;
  for (const layer of record?.layers ?? []) {
    image += (await store.meta.layers.byBlob(layer.digest))?.contentSizeBytes ?? 0;
  }
  return { written, all: written + image };
}
