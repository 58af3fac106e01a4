import type { FileHandle } from "node:fs/promises";

const bufferBytes = 512 * 1024;

/**
 * Gathers small chunks into larger writes at the end of a file: a network hands out 16 to 64 KiB, and each write goes through a thread.
 * Large chunks are written from where they are. A chunk may be reused by its owner when write() has resolved.
 */
export class WriteBuffer {
  readonly #handle: FileHandle;
  #position: number;
  #buffer: Uint8Array | undefined;
  #used = 0;
  /** Where in the file the gathered bytes belong. */
  #gatheredAt: number;
  /** The write under way; the next one waits for it, so at most two buffers exist. */
  #writing: Promise<void> = Promise.resolve();

  constructor(handle: FileHandle, position: number) {
    this.#handle = handle;
    this.#position = position;
    this.#gatheredAt = position;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#used + chunk.length <= bufferBytes && chunk.length < bufferBytes / 2) {
      this.#buffer ??= new Uint8Array(bufferBytes);
      this.#buffer.set(chunk, this.#used);
      this.#used += chunk.length;
      return;
    }
    await this.#spill();
    if (chunk.length < bufferBytes / 2) return this.write(chunk);
    await this.#writing;
    this.#gatheredAt += chunk.length;
    await this.#writeAll(chunk);
  }

  /** Bytes from `start` on that were given to write(), none from `end` on; never more than a buffer of them. */
  async read(start: number, end: number): Promise<Uint8Array> {
    const gatheredAt = this.#gatheredAt;
    if (this.#buffer !== undefined && start >= gatheredAt) {
      // A view will do: a buffer that is full is given away and never filled again.
      return this.#buffer.subarray(start - gatheredAt, Math.min(this.#used, end - gatheredAt));
    }
    if (start >= this.#position) await this.#writing;
    const want = Math.min(end, this.#position) - start;
    const bytes = new Uint8Array(Math.min(want, bufferBytes));
    const { bytesRead } = await this.#handle.read(bytes, 0, bytes.length, start);
    return bytes.subarray(0, bytesRead);
  }

  async flush(): Promise<void> {
    await this.#spill();
    await this.#writing;
  }

  /** Drops what is gathered and waits for what is being written, so that the handle can be closed. */
  async discard(): Promise<void> {
    this.#used = 0;
    await this.#writing.catch(() => {});
  }

  async #spill(): Promise<void> {
    await this.#writing;
    if (this.#used === 0) return;
    const full = this.#buffer!.subarray(0, this.#used);
    this.#buffer = undefined;
    this.#gatheredAt += this.#used;
    this.#used = 0;
    this.#writing = this.#writeAll(full);
    // The failure is thrown by whoever waits next; this only keeps it from being reported as unhandled before that.
    this.#writing.catch(() => {});
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, this.#position);
      done += bytesWritten;
      this.#position += bytesWritten;
    }
  }
}
