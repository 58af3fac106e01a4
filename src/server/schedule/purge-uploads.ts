import type { BlobStore } from "../../blob/mod.ts";
import type { Meta } from "../../meta/mod.ts";

/**
 * Removes uploads on which nothing has moved since `olderThanMs`. One that a request is writing at this moment stays.
 * Returns how many went.
 */
export async function purgeUploads(
  { blobs, meta }: { blobs: BlobStore; meta: Meta },
  options: { olderThanMs: number; signal?: AbortSignal },
): Promise<number> {
  let removed = 0;
  for await (const { id, updatedAtMs } of blobs.listUploads()) {
    if (options.signal?.aborted) break;
    if (updatedAtMs > Date.now() - options.olderThanMs) continue;
    const claimed = await meta.garbage.claim([`upload:${id}`]);
    if (claimed.length === 0) continue;
    try {
      const upload = await blobs.resume(id);
      await upload?.abort();
      await meta.uploads.delete(id);
      removed++;
    } finally {
      await meta.garbage.settle(claimed);
    }
  }
  const startedBeforeMs = Date.now() - options.olderThanMs;
  return removed + (await meta.uploads.deleteUnbegun({ startedBeforeMs }));
}
