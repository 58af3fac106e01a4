import type { FileHandle } from "node:fs/promises";
import { BufferPool } from "./buffer-pool.ts";

/** For all uploads of this process together: 16 MiB. */
const buffers = new BufferPool({ bufferBytes: 256 * 1024, limit: 64 });
const { bufferBytes } = buffers;

/**
 * Gathers small chunks into larger writes at the end of a file: a network hands out up to 64 KiB, and each write goes through a thread.
 * Large chunks, and all chunks while so many files are being written that the buffers have run out, are written from where they are.
 * A chunk may be reused by its owner when write() has resolved.
 */
export class WriteBuffer {
  readonly #handle: FileHandle;
  #position: number;
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #used = 0;
  /** Where in the file the gathered bytes belong. */
  #gatheredAt: number;
  /** The write under way; the next one waits for it, so that a file has at most two buffers. */
  #writing: Promise<void> = Promise.resolve();

  constructor(handle: FileHandle, position: number) {
    this.#handle = handle;
    this.#position = position;
    this.#gatheredAt = position;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#gather(chunk)) return;
    await this.#spill();
    if (this.#gather(chunk)) return;
    await this.#writing;
    this.#gatheredAt += chunk.length;
    await this.#writeAll(chunk);
  }

  /** Bytes from `start` on that were given to write(), none from `end` on; never more than a buffer of them. */
  async read(start: number, end: number): Promise<Uint8Array> {
    const gatheredAt = this.#gatheredAt;
    if (this.#buffer !== undefined && start >= gatheredAt) {
      return this.#buffer.slice(start - gatheredAt, Math.min(this.#used, end - gatheredAt));
    }
    if (start >= this.#position) await this.#writing;
    const want = Math.min(end, this.#position) - start;
    const bytes = new Uint8Array(Math.min(want, bufferBytes));
    const { bytesRead } = await this.#handle.read(bytes, 0, bytes.length, start);
    return bytes.subarray(0, bytesRead);
  }

  /** Whatever write() has taken is in the file when it resolves. */
  async flush(): Promise<void> {
    await this.#spill();
    await this.#writing;
  }

  /** Drops what is gathered and waits for what is being written, so that the handle can be closed. */
  async discard(): Promise<void> {
    this.#used = 0;
    this.#giveBack();
    await this.#writing.catch(() => {});
  }

  /** False when the chunk does not fit. */
  #gather(chunk: Uint8Array): boolean {
    if (chunk.length >= bufferBytes / 2 || this.#used + chunk.length > bufferBytes) return false;
    this.#buffer ??= buffers.take();
    if (this.#buffer === undefined) return false;
    this.#buffer.set(chunk, this.#used);
    this.#used += chunk.length;
    return true;
  }

  async #spill(): Promise<void> {
    await this.#writing;
    const buffer = this.#buffer;
    if (buffer === undefined || this.#used === 0) return this.#giveBack();
    const full = buffer.subarray(0, this.#used);
    this.#buffer = undefined;
    this.#gatheredAt += this.#used;
    this.#used = 0;
    this.#writing = this.#writeAll(full).finally(() => buffers.give(buffer));
    // The failure is thrown by whoever waits next; this only keeps it from being reported as unhandled before that.
    this.#writing.catch(() => {});
  }

  #giveBack(): void {
    if (this.#buffer !== undefined) buffers.give(this.#buffer);
    this.#buffer = undefined;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, this.#position);
      done += bytesWritten;
      this.#position += bytesWritten;
    }
  }
}
