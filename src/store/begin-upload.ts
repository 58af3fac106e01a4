import type { BlobUpload, BlobWriter } from "../blob/mod.ts";
import type { LeaseId, Meta } from "../meta/mod.ts";
import type { DigestAlgorithm } from "../oci/mod.ts";

/** An upload that a prune in another process leaves alone, however short its patience with uploads is. */
export async function beginUpload(
  { blobs, meta }: { readonly blobs: BlobWriter; readonly meta: Meta },
  lease: LeaseId,
  algorithm: DigestAlgorithm = "sha256",
): Promise<BlobUpload> {
  const id = `store-${crypto.randomUUID()}`;
  await meta.leases.hold(lease, [`upload:${id}`]);
  return blobs.begin({ id, algorithm });
}
