import type { BuildCacheEntry, PruneCacheOptions } from "../../build/mod.ts";
import type { LocalStore } from "../../store/mod.ts";

/** The cache's records go, and then whatever nothing refers to any more. */
export async function pruneCache(
  store: LocalStore,
  options: PruneCacheOptions,
): Promise<{ entries: BuildCacheEntry[]; freedBytes: number }> {
  const { pruneBuildCache } = await import("../../build/mod.ts");
  const { deleted, freedBytes } = await pruneBuildCache(store, options);
  if (deleted.length === 0) return { entries: [], freedBytes };
  const swept = await store.prune();
  return { entries: deleted, freedBytes: freedBytes + swept.freedBytes };
}
