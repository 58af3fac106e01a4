/**
 * Buffers that are used again and again, and never more than `limit` of them: a new buffer for each write costs more than the write
 * (300 MB upload: 0.39 GB/s with new ones, 0.9 with these), and two hundred uploads at once are not to take two hundred buffers.
 */
export class BufferPool {
  readonly bufferBytes: number;
  readonly #limit: number;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  #made = 0;

  constructor(options: { bufferBytes: number; limit: number }) {
    this.bufferBytes = options.bufferBytes;
    this.#limit = options.limit;
  }

  /** Not cleared. undefined when all are in use: go without. give() it back, once. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    const free = this.#free.pop();
    if (free !== undefined || this.#made === this.#limit) return free;
    this.#made++;
    return Buffer.allocUnsafeSlow(this.bufferBytes);
  }

  give(buffer: Uint8Array<ArrayBuffer>): void {
    this.#free.push(buffer);
  }
}
