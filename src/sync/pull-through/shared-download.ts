import type { BlobReader, BlobUpload } from "../../blob/mod.ts";
import type { ByteStream } from "../../lib/mod.ts";
import type { Digest } from "../../oci/mod.ts";

/** Most bytes that are read from the disk at once for one reader. */
const readBytes = 512 * 1024;

interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * A blob that is read while it is written. Readers follow the upload at their own speed: they read what is on disk (the newest bytes
 * from the buffer on their way there), so neither the writer nor another reader waits for a slow one, and memory does not grow with
 * them. The last byte is given out only when the whole has turned out right: a wrong blob is never a complete answer.
 */
export class SharedDownload {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly #blobs: BlobReader;
  #upload: BlobUpload | undefined;
  /** Bytes that can be read from the upload. */
  #available = 0;
  /** Set while the upload changes hands: nobody reads from it. */
  #isSealed = true;
  #reading = 0;
  #isStored = false;
  /** All of it is there and right. */
  #isProven = false;
  #readers = 0;
  /** When somebody was last told that it can be read, ms. */
  #expectedAtMs = 0;
  #failure: unknown;
  #waiting: (() => void)[] = [];

  constructor(blob: { digest: Digest; sizeBytes: number }, blobs: BlobReader) {
    this.digest = blob.digest;
    this.sizeBytes = blob.sizeBytes;
    this.#blobs = blobs;
  }

  /** From now on bytes come from this upload, which has `offset` of them: fewer than before, where it is begun again. */
  follow(upload: BlobUpload): void {
    this.#upload = upload;
    this.#isSealed = false;
    this.#available = upload.offset;
    this.#wake();
  }

  /** The upload has taken so many bytes in all. */
  grew(available: number): void {
    this.#available = Math.max(this.#available, available);
    this.#wake();
  }

  /** Resolves when nobody reads from the upload any more, nor will before follow(): then it may be ended. */
  async seal(): Promise<void> {
    this.#isSealed = true;
    while (this.#reading > 0) await this.#change();
  }

  /** All bytes are in the upload, and they are the right ones. */
  proven(): void {
    this.#isProven = true;
    this.#wake();
  }

  /** Somebody is about to open() it. */
  expectReader(): void {
    this.#expectedAtMs = Date.now();
  }

  /** Resolves when nobody reads it, and for `lingerMs` nobody was expected to; or when `signal` ends it. */
  async deserted({ lingerMs, signal }: { lingerMs: number; signal: AbortSignal }): Promise<void> {
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake, { once: true });
    try {
      while (!signal.aborted) {
        const waitMs = this.#expectedAtMs + lingerMs - Date.now();
        if (this.#readers > 0) await this.#change();
        else if (waitMs > 0) await Promise.race([this.#change(), Bun.sleep(waitMs)]);
        else return;
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  /** The blob is in the store. */
  stored(): void {
    this.#isStored = true;
    this.#wake();
  }

  /** Ends every reader. */
  fail(error: unknown): void {
    this.#failure = error;
    this.#wake();
  }

  /** See ArrivingBlob.open(). */
  open({ start, end }: ByteSpan): ByteStream {
    let position = start;
    let rest: AsyncIterator<Uint8Array> | undefined;
    let isReading = true;
    this.#readers++;
    const leave = () => {
      if (!isReading) return;
      isReading = false;
      this.#readers--;
      this.#expectedAtMs = Date.now();
      this.#wake();
    };
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const close = () => {
            leave();
            controller.close();
          };
          try {
            if (position >= end) return close();
            const arrived = rest === undefined ? await this.#next(position, end) : undefined;
            if (arrived !== undefined) {
              position += arrived.length;
              controller.enqueue(arrived);
            } else {
              rest ??= await this.#readStored({ start: position, end });
              const { done, value } = await rest.next();
              if (done) return close();
              position += value.length;
              controller.enqueue(value);
            }
            if (position >= end && rest === undefined) close();
          } catch (error) {
            leave();
            controller.error(error);
          }
        },
        cancel: async () => {
          leave();
          await rest?.return?.();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Some bytes from `position` on, as soon as there are any; undefined when they are to be read from the store. */
  async #next(position: number, end: number): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isStored) return undefined;
      const lastBytes = this.#isProven ? 0 : 1;
      const limit = Math.min(end, this.#available, this.sizeBytes - lastBytes, position + readBytes);
      if (!this.#isSealed && position < limit) return this.#read(position, limit);
      await this.#change();
    }
  }

  async #read(position: number, limit: number): Promise<Uint8Array> {
    this.#reading++;
    try {
      return await this.#upload!.read(position, limit);
    } finally {
      this.#reading--;
      if (this.#isSealed && this.#reading === 0) this.#wake();
    }
  }

  async #readStored(range: ByteSpan): Promise<AsyncIterator<Uint8Array>> {
    return (await this.#blobs.open(this.digest, range))[Symbol.asyncIterator]();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
