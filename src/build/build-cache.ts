import { statSync } from "node:fs";
import { join } from "node:path";
import { namesIn } from "../lib/names-in.ts";
import { type Digest, digestHex, digestOf } from "../oci/digest.ts";
import type { LocalStore, SpaceReport } from "../store/mod.ts";
import { treeBytes } from "../store/space/file-sizes.ts";
import { cacheMountDirectory, cacheMountKey, knownContexts } from "./cache-directories.ts";

/** A result of a former build, the directory of a cache mount, or what is known of the files of a context. */
export interface BuildCacheEntry {
  /** 25 characters, as BuildKit's have. */
  readonly id: string;
  readonly kind: "regular" | "exec.cachemount" | "source.local";
  /** The record's key, the mount's name, or that of a file in `ROOT/contexts`. */
  readonly key: string;
  readonly description: string;
  readonly sizeBytes: number;
  /** Several results may be one layer. */
  readonly blob?: Digest;
  readonly createdAtMs: number;
  readonly usedAtMs: number;
  /** Counted for results only. */
  readonly uses?: number;
  /** A local image has its layer. */
  readonly isShared: boolean;
  /** By a build that runs now. */
  readonly isInUse: boolean;
}

/** Latest used first. */
export async function listBuildCache(
  store: LocalStore,
  space?: Pick<SpaceReport, "imageBlobs">,
): Promise<BuildCacheEntry[]> {
  const records = await store.meta.cache.list();
  const imageBlobs = records.length > 0 ? await (space ?? (await store.space())).imageBlobs() : new Set();
  const entries: BuildCacheEntry[] = [];
  for (const { key, value, blobs, sizeBytes, createdAtMs, usedAtMs, uses } of records) {
    const held = await Promise.all(blobs.map((blob) => store.meta.leases.isHeld(blob)));
    entries.push({
      id: idOf(key),
      kind: "regular",
      key,
      description: descriptionOf(value),
      sizeBytes,
      ...(blobs[0] && { blob: blobs[0] }),
      createdAtMs,
      usedAtMs,
      uses,
      isShared: blobs.some((blob) => imageBlobs.has(blob)),
      isInUse: held.includes(true),
    });
  }
  for (const mount of await listCacheMounts(store)) entries.push(mount);
  entries.push(...listKnownContexts(store));
  return entries.sort((a, b) => b.usedAtMs - a.usedAtMs || (a.id < b.id ? -1 : 1));
}

async function listCacheMounts(store: LocalStore): Promise<BuildCacheEntry[]> {
  const entries: BuildCacheEntry[] = [];
  for (const name of namesIn(cacheMountDirectory(store))) {
    const path = cacheMountDirectory(store, name);
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) continue;
    entries.push({
      id: idOf(`mount:${name}`),
      kind: "exec.cachemount",
      key: name,
      description: "cache mount of RUN",
      sizeBytes: treeBytes(path).sizeBytes,
      createdAtMs: status.birthtimeMs || status.mtimeMs,
      usedAtMs: status.mtimeMs,
      isShared: false,
      isInUse: await store.meta.leases.isHeld(cacheMountKey(name)),
    });
  }
  return entries;
}

/** The digests of the files of contexts: see KnownDigests. */
function listKnownContexts(store: LocalStore): BuildCacheEntry[] {
  const entries: BuildCacheEntry[] = [];
  for (const name of namesIn(knownContexts(store))) {
    const status = statSync(join(knownContexts(store), name), { throwIfNoEntry: false });
    if (!status?.isFile()) continue;
    entries.push({
      id: idOf(`context:${name}`),
      kind: "source.local",
      key: name,
      description: "digests of a context's files",
      sizeBytes: status.size,
      createdAtMs: status.birthtimeMs || status.mtimeMs,
      usedAtMs: Math.max(status.atimeMs, status.mtimeMs),
      isShared: false,
      isInUse: false,
    });
  }
  return entries;
}

function idOf(key: string): string {
  return digestHex(digestOf(key)).slice(0, 25);
}

/** What every record says of itself for people. */
function descriptionOf(value: string): string {
  try {
    return String((JSON.parse(value) as { what?: unknown }).what ?? "");
  } catch {
    return "";
  }
}

/** What the entries take together. */
export function cacheBytes(entries: readonly BuildCacheEntry[]): number {
  const seen = new Set<string>();
  return entries.reduce((sum, { blob, key, sizeBytes }) => {
    const id = blob ?? key;
    if (seen.has(id)) return sum;
    seen.add(id);
    return sum + sizeBytes;
  }, 0);
}
