import type { LocalStore } from "../store/mod.ts";
import { treeBytes } from "../store/space/file-sizes.ts";
import { upperDirectory } from "./container-directory.ts";

/** What a container has written, bytes of files: docker's size of its writable layer. */
export function containerSize(store: Pick<LocalStore, "root">, id: string): number {
  return treeBytes(upperDirectory(store, id)).sizeBytes;
}
