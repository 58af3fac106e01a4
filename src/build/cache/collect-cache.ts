import type { LocalStore } from "../../store/mod.ts";
import { cacheBytes, listBuildCache } from "../build-cache.ts";
import { pruneBuildCache } from "../prune-build-cache.ts";

/** When there is too much, a little more goes, so that not every build has to look. */
const keptShare = 0.9;

/**
 * Keeps the cache below a size: what was not used for the longest goes. Layers that local images have count for nothing, because their removal
 * would free nothing. Returns the bytes that were freed.
 */
export async function collectBuildCache(
  store: LocalStore,
  { limitBytes, hasMounts }: { limitBytes: number; hasMounts: boolean },
): Promise<number> {
  // One look at the database is enough nearly always. Mounts have to be measured: only where one may have grown.
  if (!hasMounts && (await store.meta.cache.totalBytes()) <= limitBytes) return 0;
  const own = (await listBuildCache(store)).filter(({ isShared }) => !isShared);
  if (cacheBytes(own) <= limitBytes) return 0;
  const keepBytes = Math.floor(limitBytes * keptShare);
  const { deleted, freedBytes } = await pruneBuildCache(store, { keepBytes, isOwnOnly: true });
  if (deleted.length === 0) return 0;
  return freedBytes + (await store.prune()).freedBytes;
}
