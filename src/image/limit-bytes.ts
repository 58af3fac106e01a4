import type { ByteStream } from "../lib/mod.ts";

/** The first `length` bytes of a stream; the rest is not asked for. */
export function limitBytes(stream: ByteStream, length: number): ByteStream {
  const reader = stream.getReader();
  let left = length;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = left > 0 ? await reader.read() : { done: true, value: undefined };
        if (value) controller.enqueue(value.subarray(0, left));
        left -= value?.length ?? 0;
        if (!done && left > 0) return;
        controller.close();
        await reader.cancel();
      },
      cancel: () => reader.cancel(),
    },
    { highWaterMark: 0 },
  );
}
