import { join } from "node:path";
import type { LocalStore } from "../store/mod.ts";

/**
 * `ROOT/containers/<id>`, with `upper` (the container's own files), `work` (overlay's) and, once it was mounted, `merged`. The row is there before it,
 * and goes before it.
 */
export function containerDirectory(store: Pick<LocalStore, "root">, id: string): string {
  return join(store.root, "containers", id);
}

export function upperDirectory(store: Pick<LocalStore, "root">, id: string): string {
  return join(containerDirectory(store, id), "upper");
}
