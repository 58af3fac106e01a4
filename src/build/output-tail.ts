const keptBytes = 16 * 1024;

/** The end of a step's output, for the error when it fails. */
export class OutputTail {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  add(chunk: Uint8Array): void {
    const part = chunk.slice(-keptBytes);
    this.#chunks.push(part);
    this.#size += part.length;
    while (this.#chunks.length > 1 && this.#size - this.#chunks[0]!.length >= keptBytes) {
      this.#size -= this.#chunks.shift()!.length;
    }
  }

  /** The last lines, without control characters that could move a terminal's cursor. */
  lines(count: number): string[] {
    const text = new TextDecoder().decode(Buffer.concat(this.#chunks));
    return text
      .replaceAll(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, "")
      .split(/\r?\n/)
      .map((line) => line.slice(line.lastIndexOf("\r") + 1).replaceAll(/[\x00-\x08\x0b-\x1f\x7f]/g, ""))
      .filter((line) => line !== "")
      .slice(-count);
  }
}
