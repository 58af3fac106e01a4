import { KasaneError } from "./errors.ts";

/** What a seam returns. The receiver reads it to the end or cancels it; either closes what stands behind it. */
export type ByteStream = ReadableStream<Uint8Array>;

/** What a function accepts: any stream or generator of chunks. Chunks may be reused only after the next pull. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** A ReadableStream over `source` with pull-driven backpressure. Cancelling it returns the generator. */
export function toByteStream(source: ByteSource): ByteStream {
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        controller.error(error);
      }
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

/**
 * Reads `source` whole into memory.
 * @throws KasaneError `limit-exceeded` once more than `limitBytes` arrive; `what` names the thing in the message.
 */
export async function collect(source: ByteSource, limitBytes: number, what: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > limitBytes) {
      throw new KasaneError("limit-exceeded", `${what} is larger than the limit of ${limitBytes} bytes`);
    }
    chunks.push(chunk);
  }
  if (chunks.length === 1) return chunks[0]!;
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

/** Passes chunks through and shows each to `see` first (hashing, counting, progress). */
export async function* tap(source: ByteSource, see: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    see(chunk);
    yield chunk;
  }
}

/** The first bytes of a source (`length` or more, fewer where it is shorter), and the source with them in front. */
export async function peek(
  source: ByteSource,
  length: number,
): Promise<{ head: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let head: Uint8Array = new Uint8Array(0);
  let ended = false;
  while (head.length < length && !ended) {
    const result = await iterator.next();
    if (result.done) ended = true;
    // A short piece is copied: its buffer may be used again for the next one.
    else if (head.length > 0 || result.value.length < length) head = Buffer.concat([head, result.value]);
    else head = result.value;
  }
  async function* all() {
    try {
      if (head.length > 0) yield head;
      while (!ended) {
        const result = await iterator.next();
        ended = result.done === true;
        if (!result.done) yield result.value;
      }
    } catch (error) {
      ended = true;
      throw error;
    } finally {
      if (!ended) await iterator.return?.();
    }
  }
  return { head, all: all() };
}
