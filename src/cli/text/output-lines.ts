/** Longest line of a program's output that is kept together. */
const lineLimit = 16 * 1024;

/**
 * What a program prints, as lines: characters may be cut anywhere between chunks, a line that overwrites itself (`\r`) becomes
 * several, and one that never ends is given out in pieces, so that no more than one piece is in memory.
 */
export class OutputLines {
  readonly #decoder = new TextDecoder();
  #rest = "";

  /** The lines that `chunk` completes. */
  add(chunk: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split(/\r*\n|\r+(?=[^\r\n])/);
    this.#rest = lines.pop()!;
    while (this.#rest.length > lineLimit) {
      lines.push(this.#rest.slice(0, lineLimit));
      this.#rest = this.#rest.slice(lineLimit);
    }
    return lines;
  }

  /** What is left when the program is over. */
  end(): string[] {
    const rest = (this.#rest + this.#decoder.decode()).replace(/\r+$/, "");
    this.#rest = "";
    return rest === "" ? [] : [rest];
  }
}
