import type { ByteSource } from "../lib/mod.ts";

const nothing = new Uint8Array(0);

/** Reads a byte source in pieces of any size, without copying where a piece lies within one chunk. */
export class ByteCursor {
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #chunk: Uint8Array = nothing;
  #at = 0;
  #ended = false;
  /** Offset of the next byte in the source. */
  position = 0;

  constructor(source: ByteSource) {
    this.#iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /** Exactly `length` bytes if they are at hand without waiting. */
  take(length: number): Uint8Array | undefined {
    const end = this.#at + length;
    if (end > this.#chunk.length) return undefined;
    const bytes = this.#chunk.subarray(this.#at, end);
    this.#at = end;
    this.position += length;
    return bytes;
  }

  /** `length` bytes, or fewer when the source ends. The bytes are the reader's until the next call. */
  async read(length: number): Promise<Uint8Array> {
    const direct = this.take(length);
    if (direct !== undefined) return direct;
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const piece = await this.next(length - filled);
      if (piece === undefined) return bytes.subarray(0, filled);
      bytes.set(piece, filled);
      filled += piece.length;
    }
    return bytes;
  }

  /** What is at hand, at least one byte and at most `maxBytes`; undefined at the end of the source. */
  async next(maxBytes: number): Promise<Uint8Array | undefined> {
    while (this.#at >= this.#chunk.length) if (!(await this.#fill())) return undefined;
    return this.take(Math.min(maxBytes, this.#chunk.length - this.#at));
  }

  /** Moves on by `length` bytes; false when the source ends before. */
  async skip(length: number): Promise<boolean> {
    let left = length;
    for (;;) {
      const here = Math.min(left, this.#chunk.length - this.#at);
      this.#at += here;
      this.position += here;
      left -= here;
      if (left === 0) return true;
      if (!(await this.#fill())) return false;
    }
  }

  /** Closes the source. Idempotent; a source that has ended is left alone. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#chunk = nothing;
    this.#at = 0;
    await this.#iterator.return?.();
  }

  async #fill(): Promise<boolean> {
    if (this.#ended) return false;
    const result = await this.#next();
    if (result.done) {
      this.#ended = true;
      return false;
    }
    this.#chunk = result.value;
    this.#at = 0;
    return true;
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    try {
      return await this.#iterator.next();
    } catch (error) {
      // A source that threw has closed itself.
      this.#ended = true;
      throw error;
    }
  }
}
