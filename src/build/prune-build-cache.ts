import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../lib/mod.ts";
import type { LocalStore } from "../store/mod.ts";

/** Where cache mounts live: `ROOT/cache-mounts/<name>`. */
export function cacheMountDirectory(store: Pick<LocalStore, "root">, name = ""): string {
  return join(store.root, "cache-mounts", name);
}

/** What a lease holds while a step has the mount. */
export function cacheMountKey(name: string): string {
  return `cache-mount:${name}`;
}

/** Forgets every result of former builds, and removes the cache mounts that no step uses now. The layers go with the next LocalStore.prune(). */
export async function pruneBuildCache(store: LocalStore): Promise<void> {
  for (const { key } of await store.meta.cache.list()) await store.meta.cache.delete(key);
  const names = await readdir(cacheMountDirectory(store)).catch((error) => {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  });
  if (names.length === 0) return;
  const claimed = await store.meta.garbage.claim(names.map(cacheMountKey));
  const aside = await store.workDirectory("prune cache mounts");
  try {
    for (const name of names) {
      if (claimed.includes(cacheMountKey(name)))
        await rename(cacheMountDirectory(store, name), join(aside.path, name));
    }
  } finally {
    await store.meta.garbage.settle(claimed);
    await aside.dispose();
  }
}
