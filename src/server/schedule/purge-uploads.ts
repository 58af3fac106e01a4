import type { BlobStore } from "../../blob/mod.ts";
import type { Meta } from "../../meta/mod.ts";
import { whileClaimed } from "../../meta/while-claimed.ts";

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
    await whileClaimed(meta, [`upload:${id}`], async (claimed) => {
      if (claimed.length === 0) return;
      const upload = await blobs.resume(id);
      await upload?.abort();
      await meta.uploads.delete(id);
      removed++;
    });
  }
  const startedBeforeMs = Date.now() - options.olderThanMs;
  return removed + (await meta.uploads.deleteUnbegun({ startedBeforeMs }));
}
