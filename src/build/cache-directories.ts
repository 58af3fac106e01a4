import { join } from "node:path";
import type { LocalStore } from "../store/mod.ts";

/** Where cache mounts live: `ROOT/cache-mounts/<name>`. */
export function cacheMountDirectory(store: Pick<LocalStore, "root">, name = ""): string {
  return join(store.root, "cache-mounts", name);
}

/** What a lease holds while a step has the mount. */
export function cacheMountKey(name: string): string {
  return `cache-mount:${name}`;
}

/** Where the digests of the files of contexts are kept: see KnownDigests. */
export function knownContexts(store: Pick<LocalStore, "root">): string {
  return join(store.root, "contexts");
}
