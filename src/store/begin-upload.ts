import type { BlobUpload, BlobWriter } from "../blob/mod.ts";
import type { LeaseId, Meta } from "../meta/mod.ts";
import type { DigestAlgorithm } from "../oci/mod.ts";

const commandPrefix = "store-";

/** True for the uploads of beginUpload(): nobody knows their names who could go on with them. */
export function isOfCommand(uploadId: string): boolean {
  return uploadId.startsWith(commandPrefix);
}

/** An upload that a prune in another process leaves alone, however short its patience with uploads is. */
export async function beginUpload(
  { blobs, meta }: { readonly blobs: BlobWriter; readonly meta: Meta },
  lease: LeaseId,
  algorithm: DigestAlgorithm = "sha256",
): Promise<BlobUpload> {
  const id = `${commandPrefix}${crypto.randomUUID()}`;
  await meta.leases.hold(lease, [`upload:${id}`]);
  return blobs.begin({ id, algorithm, isNew: true });
}
