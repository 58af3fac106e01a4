const chunkBytes = 64 * 1024;

/**
 * Text as bytes, as soon as it comes: strings that were put together of many others take many times their length while they wait.
 */
export class LineBuffer {
  #full: Uint8Array[] = [];
  #chunk = Buffer.allocUnsafe(chunkBytes);
  #used = 0;
  #bytes = 0;
  #lines = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(line: string): void {
    this.#lines++;
    // UTF-8 takes three bytes at the most for each of JavaScript's characters.
    if (line.length * 3 > chunkBytes - this.#used) {
      this.#closeChunk();
      if (line.length * 3 > chunkBytes) {
        const bytes = Buffer.from(line);
        this.#full.push(bytes);
        this.#bytes += bytes.length;
        return;
      }
    }
    const written = this.#chunk.write(line, this.#used);
    this.#used += written;
    this.#bytes += written;
  }

  /** Everything, in order; what was added is gone from here. */
  take(): { readonly chunks: readonly Uint8Array[]; readonly lines: number } {
    this.#closeChunk();
    const taken = { chunks: this.#full, lines: this.#lines };
    this.#full = [];
    this.#bytes = 0;
    this.#lines = 0;
    return taken;
  }

  #closeChunk(): void {
    if (this.#used === 0) return;
    this.#full.push(this.#chunk.subarray(0, this.#used));
    this.#chunk = Buffer.allocUnsafe(chunkBytes);
    this.#used = 0;
  }
}
