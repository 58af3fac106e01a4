import type { BlobUpload } from "../blob/mod.ts";
import type { BlobOutcome } from "../image/mod.ts";
import { type Digest, digestAlgorithm } from "../oci/mod.ts";
import { beginUpload } from "./begin-upload.ts";
import { unlock } from "./lease.ts";
import type { BlobDelivery } from "./receive-blob.ts";
import type { StoreParts } from "./store-parts.ts";
import { isStored } from "./stored-blob.ts";

/** Another process's transfer that did not move for this long is left to itself, ms. */
const stallMs = 10_000;

/** Where the bytes of an unfinished delivery wait for the next one. */
export function deliveryUploadId(digest: Digest): string {
  return `pull-${digest.replace(":", "-")}`;
}

/**
 * Runs `work` with the upload of a blob, alone among all processes. While another process brings the same blob, this one waits and then
 * finds it there; takes over where the other one died; and goes its own way with an upload of its own where the other one stalls.
 */
export async function withUpload(
  parts: StoreParts,
  { lease, descriptor, progress }: BlobDelivery,
  work: (upload: BlobUpload) => Promise<BlobOutcome>,
): Promise<BlobOutcome> {
  const { digest, size } = descriptor;
  const algorithm = digestAlgorithm(digest);
  const id = deliveryUploadId(digest);
  const key = `upload:${id}`;
  let seen = { bytes: -1, atMs: Date.now() };
  for (let waitMs = 5; !(await parts.meta.leases.lock(lease, key)); waitMs = Math.min(waitMs * 1.5, 100)) {
    await Bun.sleep(waitMs);
    if (await isStored(parts, descriptor)) return "exists";
    const bytes = await uploadedBytes(parts, id);
    if (bytes !== seen.bytes) {
      seen = { bytes, atMs: Date.now() };
      if (bytes >= 0) progress?.(bytes);
    } else if (Date.now() - seen.atMs > stallMs) {
      return work(await beginUpload(parts, lease, algorithm));
    }
  }
  try {
    if (await isStored(parts, descriptor)) return "exists";
    const resumed = await parts.blobs.resume(id);
    if (resumed && resumed.offset <= size) return await work(resumed);
    await resumed?.abort();
    return await work(await parts.blobs.begin({ id, algorithm }));
  } finally {
    await unlock(parts.meta, lease, key);
  }
}

async function uploadedBytes(parts: StoreParts, id: string): Promise<number> {
  for await (const upload of parts.blobs.listUploads()) if (upload.id === id) return upload.sizeBytes;
  return -1;
}
