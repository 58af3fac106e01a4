import type { Digest } from "../oci/mod.ts";
import { collectGarbage, deleteClaimedBlobs } from "./collect-garbage.ts";
import type { StoreParts } from "./store-parts.ts";
import { removeUnpacked } from "./unpacked.ts";

/** A registry may be serving this store: a blob that it was just given may be waiting for its manifest this long, ms. */
const pushPatienceMs = 24 * 60 * 60 * 1000;

/** What no repository has goes at once. */
export const sweepPatience = { graceMs: pushPatienceMs, objectGraceMs: Number.NEGATIVE_INFINITY } as const;

export interface Sweep {
  readonly deleted: readonly Digest[];
  readonly freedBytes: number;
}

/** Removes what nothing refers to, at once: rows, blobs, and what was made from layers that are gone. */
export async function removeGarbage(parts: StoreParts): Promise<Sweep> {
  const deleted: Digest[] = [];
  const { freedBytes, diffIds } = await collectGarbage(parts, {
    ...sweepPatience,
    onRemoved: (digest) => deleted.push(digest),
  });
  const unpackedBytes = diffIds.length > 0 ? await removeUnpacked(parts) : 0;
  return { deleted, freedBytes: freedBytes + unpackedBytes };
}

/** Blob files that no row knows: of a store whose SQL was lost, or put there by another program. */
export async function removeStrayBlobs(parts: StoreParts): Promise<Sweep> {
  const deleted: Digest[] = [];
  let freedBytes = 0;
  let group: Digest[] = [];
  const finish = async () => {
    if (group.length === 0) return;
    const claimed = await parts.meta.garbage.claimStrays(group);
    group = [];
    await deleteClaimedBlobs(parts, claimed, (digest, sizeBytes) => {
      deleted.push(digest);
      freedBytes += sizeBytes;
    });
  };
  for await (const { digest } of parts.blobs.list()) {
    group.push(digest);
    if (group.length >= 1000) await finish();
  }
  await finish();
  return { deleted, freedBytes };
}
