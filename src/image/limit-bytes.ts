import { type ByteStream, toByteStream } from "../lib/mod.ts";

/** The first `length` bytes of a stream; the rest is not asked for. */
export function limitBytes(stream: ByteStream, length: number): ByteStream {
  return toByteStream(
    (async function* () {
      let left = length;
      if (left <= 0) return await stream.cancel();
      for await (const chunk of stream) {
        yield chunk.length <= left ? chunk : chunk.subarray(0, left);
        left -= chunk.length;
        if (left <= 0) return;
      }
    })(),
  );
}
