import type { PruneCacheOptions } from "../../build/mod.ts";
import type { LocalStore } from "../../store/mod.ts";

/** The cache's records go, and then whatever nothing refers to any more. */
export async function pruneCache(
  store: LocalStore,
  options: PruneCacheOptions,
): Promise<{ ids: string[]; freedBytes: number }> {
  const { pruneBuildCache } = await import("../../build/mod.ts");
  const { deleted, freedBytes } = await pruneBuildCache(store, options);
  if (deleted.length === 0) return { ids: [], freedBytes };
  const swept = await store.prune();
  return { ids: deleted.map(({ id }) => id), freedBytes: freedBytes + swept.freedBytes };
}
