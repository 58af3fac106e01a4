import type { FileHandle } from "node:fs/promises";
import type { ByteStream } from "../lib/mod.ts";
import { storageError } from "./storage-error.ts";

/** Measured with 200 MB in the page cache: 64 KiB 1.1, 256 KiB 3.1, 1 MiB 7.3 GB/s; with more, memory grows and speed does not. */
const chunkBytes = 512 * 1024;

/**
 * Bytes `start` to `end` of an open file, read as they are asked for. Owns the handle: closes it at the end, on failure and on cancel.
 * The handle is open from the start, so that deleting the file does not disturb its readers.
 */
export function streamFile(
  handle: FileHandle,
  range: { start: number; end: number },
  what: string,
): ByteStream {
  let position = range.start;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const want = Math.min(chunkBytes, range.end - position);
          const buffer = new Uint8Array(want);
          const { bytesRead } = want === 0 ? { bytesRead: 0 } : await handle.read(buffer, 0, want, position);
          position += bytesRead;
          if (bytesRead > 0) controller.enqueue(bytesRead === want ? buffer : buffer.subarray(0, bytesRead));
          if (position >= range.end || bytesRead === 0) {
            await handle.close();
            if (position < range.end)
              controller.error(storageError(`read ${what}`, "the file became shorter"));
            else controller.close();
          }
        } catch (error) {
          await handle.close().catch(() => {});
          controller.error(storageError(`read ${what}`, error));
        }
      },
      async cancel() {
        await handle.close();
      },
    },
    { highWaterMark: 0 },
  );
}
