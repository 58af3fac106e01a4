import { unlink } from "node:fs/promises";
import { join } from "node:path";
import type { BlobStore } from "../blob/mod.ts";
import { errnoOf, mapConcurrent } from "../lib/mod.ts";
import type { CollectOptions, Meta } from "../meta/mod.ts";
import { type Digest, digestAlgorithm, digestHex } from "../oci/mod.ts";
import { keepReserve, withReserve } from "./reserve.ts";
import { fileBytes } from "./space/file-sizes.ts";

/** Reviews in one transaction, in which nobody else writes: 3 to 20 ms, where each takes a manifest and its layers along. */
const stepLimit = 50;
/** Claims end in groups of this size, so that who waits for one blob does not wait for all. */
const groupSize = 32;

export interface GarbageOptions extends Omit<CollectOptions, "limit"> {
  /** Reviews in one step. */
  readonly limit?: number;
  /** Ends it between two steps. */
  readonly signal?: AbortSignal;
  /** Told of every blob whose bytes are gone. */
  readonly onRemoved?: (digest: Digest, sizeBytes: number) => void;
}

export interface GarbageReport {
  readonly reviewed: number;
  /** Blobs whose bytes are gone. Manifests that were only in the database are among them. */
  readonly blobs: number;
  /** Of blobs and layer indexes. */
  readonly freedBytes: number;
  readonly manifests: number;
  readonly links: number;
  /** diffIDs of which no layer is left. */
  readonly diffIds: readonly Digest[];
}

/** A LocalStore, or what a registry has of one; without `root` there are no layer indexes. */
export interface GarbageStore {
  readonly blobs: BlobStore;
  readonly meta: Meta;
  readonly root?: string;
}

/**
 * The online garbage collector: takes what is due from the queue, step by step, until nothing more is: rows first, then the bytes, while
 * everybody goes on pushing and pulling. Any number of processes may do so at once, and each may be killed at any time: what it had
 * claimed comes back. Where bytes cannot be deleted the rest is given back to the queue, and the error thrown. On a full disk it works
 * from the reserve, and sets it aside again.
 */
export async function collectGarbage(store: GarbageStore, options: GarbageOptions): Promise<GarbageReport> {
  const { limit = stepLimit, signal, onRemoved, ...patience } = options;
  const total = { reviewed: 0, blobs: 0, freedBytes: 0, manifests: 0, links: 0 };
  const diffIds: Digest[] = [];
  while (!signal?.aborted) {
    const step = await withRoom(store, () => store.meta.reviews.collect({ ...patience, limit }));
    await deleteClaimedBlobs(store, step.blobs, (digest, sizeBytes) => {
      total.blobs++;
      total.freedBytes += sizeBytes;
      onRemoved?.(digest, sizeBytes);
    });
    if (store.root !== undefined) {
      const { root } = store;
      await mapConcurrent(step.diffIds, 8, async (diffId) => {
        const sizeBytes = await removeIndex(root, diffId);
        total.freedBytes += sizeBytes;
      });
    }
    diffIds.push(...step.diffIds);
    total.reviewed += step.reviewed;
    total.manifests += step.manifests;
    total.links += step.links;
    if (step.reviewed < limit) break;
  }
  if (store.root !== undefined) keepReserve(store.root);
  return { ...total, diffIds };
}

function withRoom<T>({ root }: GarbageStore, step: () => Promise<T>): Promise<T> {
  return root === undefined ? step() : withReserve(root, step);
}

/** Deletes the bytes of claimed blobs and ends the claims. */
export async function deleteClaimedBlobs(
  store: GarbageStore,
  digests: readonly Digest[],
  onRemoved: (digest: Digest, sizeBytes: number) => void,
): Promise<void> {
  const { blobs, meta } = store;
  let rest = digests;
  try {
    while (rest.length > 0) {
      const group = rest.slice(0, groupSize);
      const sizes = await mapConcurrent(group, 8, async (digest) => {
        const info = await blobs.stat(digest);
        await blobs.delete(digest);
        return info?.sizeBytes ?? 0;
      });
      await withRoom(store, () => meta.garbage.settle(group));
      rest = rest.slice(groupSize);
      for (const [index, digest] of group.entries()) onRemoved(digest, sizes[index]!);
    }
  } finally {
    if (rest.length > 0) await meta.garbage.unclaim(rest);
  }
}

/** `ROOT/indexes/<algorithm>/<hex>`: can be made again, so nobody minds when it is not there. Returns the bytes freed. */
export async function removeIndex(root: string, diffId: Digest): Promise<number> {
  const path = join(root, "indexes", digestAlgorithm(diffId), digestHex(diffId));
  const sizeBytes = fileBytes(path);
  try {
    await unlink(path);
    return sizeBytes;
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    return 0;
  }
}
