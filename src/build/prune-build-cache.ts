import { rename, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../lib/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { type BuildCacheEntry, cacheBytes, listBuildCache } from "./build-cache.ts";
import { cacheMountDirectory, cacheMountKey, knownContexts } from "./cache-directories.ts";

export interface PruneCacheOptions {
  /** Also what local images have the layers of: it frees little, and the next build of them has less to begin with. */
  readonly all?: boolean;
  /** What it is false for stays. */
  readonly select?: (entry: BuildCacheEntry) => boolean;
  /** The latest used stay, up to so many bytes; undefined: none. */
  readonly keepBytes?: number | ((space: SpaceNow) => number | undefined);
  /** Layers that local images have anyway do not count. */
  readonly isOwnOnly?: boolean;
}

/** What the whole cache takes, and what is free where it lies. */
export interface SpaceNow {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/**
 * Forgets results of former builds and removes cache mounts, but nothing that a step uses now. The layers go with the next
 * LocalStore.prune(). Returns what went, and the bytes of what was no layer.
 */
export async function pruneBuildCache(
  store: LocalStore,
  options: PruneCacheOptions = { all: true },
): Promise<{ deleted: BuildCacheEntry[]; freedBytes: number }> {
  const deleted: BuildCacheEntry[] = [];
  const entries = await listBuildCache(store);
  const { keepBytes } = options;
  const kept = typeof keepBytes === "function" ? keepBytes(await spaceNow(store, entries)) : keepBytes;
  for (const entry of chosen(entries, options, kept)) {
    if (await remove(store, entry)) deleted.push(entry);
  }
  const files = deleted.filter(({ kind }) => kind !== "regular");
  return { deleted, freedBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

async function remove(store: LocalStore, { kind, key }: BuildCacheEntry): Promise<boolean> {
  switch (kind) {
    case "regular":
      return store.meta.cache.delete(key);
    case "exec.cachemount":
      return removeMount(store, key);
    case "source.local":
      // A build that wants to know reads the files again.
      await rm(join(knownContexts(store), key), { force: true });
      return true;
  }
}

async function spaceNow(store: LocalStore, entries: readonly BuildCacheEntry[]): Promise<SpaceNow> {
  const { bavail, bsize } = await statfs(store.root);
  return { totalBytes: cacheBytes(entries), freeBytes: bavail * bsize };
}

function chosen(
  entries: readonly BuildCacheEntry[],
  options: PruneCacheOptions,
  keepBytes: number | undefined,
): BuildCacheEntry[] {
  const { all = false, select = () => true, isOwnOnly = false } = options;
  const removable = entries.filter((entry) => !entry.isInUse && (all || !entry.isShared) && select(entry));
  if (keepBytes === undefined) return removable;
  const counted = isOwnOnly ? entries.filter(({ isShared }) => !isShared) : entries;
  const users = new Map<string, number>();
  for (const { blob, key } of counted) users.set(blob ?? key, (users.get(blob ?? key) ?? 0) + 1);
  let total = cacheBytes(counted);
  const going: BuildCacheEntry[] = [];
  for (const entry of removable.toReversed()) {
    if (total <= keepBytes) break;
    const id = entry.blob ?? entry.key;
    const left = (users.get(id) ?? 0) - 1;
    users.set(id, left);
    // A layer goes with the last result that is it.
    if (left === 0) total -= entry.sizeBytes;
    going.push(entry);
  }
  return going;
}

async function removeMount(store: LocalStore, name: string): Promise<boolean> {
  const claimed = await store.meta.garbage.claim([cacheMountKey(name)]);
  if (claimed.length === 0) return false;
  const aside = await store.workDirectory("prune cache mounts");
  try {
    await rename(cacheMountDirectory(store, name), join(aside.path, name));
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  } finally {
    await store.meta.garbage.settle(claimed);
    await aside.dispose();
  }
}
