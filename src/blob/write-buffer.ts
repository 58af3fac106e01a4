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
  /** The write under way; the next one waits for it, so at most two buffers exist. */
  #writing: Promise<void> = Promise.resolve();

  constructor(handle: FileHandle, position: number) {
    this.#handle = handle;
    this.#position = position;
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
    await this.#writeAll(chunk);
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
