import { isSpace } from "./white-space.ts";

/** Collects words the way a shell splits: what came from quotes or escapes does not split. */
export class WordCollector {
  readonly words: string[] = [];
  #current = "";

  addSplitting(text: string): void {
    for (const character of text) {
      if (!isSpace(character)) this.#current += character;
      else this.#flush();
    }
  }

  addWhole(text: string): void {
    this.#current += text;
  }

  finish(): string[] {
    this.#flush();
    return this.words;
  }

  #flush(): void {
    if (this.#current !== "") this.words.push(this.#current);
    this.#current = "";
  }
}
