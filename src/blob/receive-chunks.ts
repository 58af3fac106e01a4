import type { BlobUpload } from "./blob-store.ts";

/** receive() chunk by chunk. */
export async function receiveChunks(
  upload: Pick<BlobUpload, "write">,
  source: Request | Response,
  signal: AbortSignal | undefined,
): Promise<void> {
  const reader = (source.body as ReadableStream<Uint8Array> | null)?.getReader();
  if (reader === undefined) return;
  const cancel = () => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) return;
      await upload.write(value);
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}
