import { unlink } from "node:fs/promises";
import { errnoOf, mapConcurrent } from "../lib/mod.ts";
import type { Digest } from "../oci/mod.ts";
import type { StoreParts } from "./store-parts.ts";
import { removeUnpacked } from "./unpacked.ts";

/** Claims end in groups of this size, so that who waits for one blob does not wait for all. */
const groupSize = 32;

export interface Sweep {
  readonly deleted: readonly Digest[];
  readonly freedBytes: number;
}

/** Removes what SQL knows to be garbage: rows, blobs, and what was made from layers that are gone. */
export async function removeGarbage(
  parts: StoreParts,
  options: { linkGraceMs?: number } = {},
): Promise<Sweep> {
  const { blobs, diffIds } = await parts.meta.garbage.sweep(options);
  const freedBytes = await deleteClaimedBlobs(parts, blobs);
  await mapConcurrent(diffIds, 8, (diffId) => removeIndex(parts, diffId));
  const unpackedBytes = diffIds.length > 0 ? await removeUnpacked(parts) : 0;
  return { deleted: blobs, freedBytes: freedBytes + unpackedBytes };
}

/** Blob files that no row knows: of a store whose SQL was lost, or put there by another program. */
export async function removeStrayBlobs(parts: StoreParts): Promise<Sweep> {
  const deleted: Digest[] = [];
  let freedBytes = 0;
  let group: Digest[] = [];
  const finish = async () => {
    if (group.length === 0) return;
    const claimed = (await parts.meta.garbage.claim(group)) as Digest[];
    freedBytes += await deleteClaimedBlobs(parts, claimed);
    deleted.push(...claimed);
    group = [];
  };
  for await (const { digest } of parts.blobs.list()) {
    group.push(digest);
    if (group.length >= 1000) await finish();
  }
  await finish();
  return { deleted, freedBytes };
}

async function deleteClaimedBlobs(parts: StoreParts, digests: readonly Digest[]): Promise<number> {
  let freedBytes = 0;
  let rest = digests;
  try {
    while (rest.length > 0) {
      const group = rest.slice(0, groupSize);
      const sizes = await mapConcurrent(group, 8, async (digest) => {
        const info = await parts.blobs.stat(digest);
        await parts.blobs.delete(digest);
        return info?.sizeBytes ?? 0;
      });
      await parts.meta.garbage.settle(group);
      rest = rest.slice(groupSize);
      freedBytes += sizes.reduce((sum, size) => sum + size, 0);
    }
  } finally {
    // What could not be deleted is noted nowhere now, and is a stray for the next prune.
    if (rest.length > 0) await parts.meta.garbage.settle(rest);
  }
  return freedBytes;
}

export async function removeIndex(parts: StoreParts, diffId: Digest): Promise<void> {
  try {
    await unlink(parts.indexes.path(diffId));
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}
