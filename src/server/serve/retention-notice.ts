import type { RetentionOptions } from "../../retention/mod.ts";

/** So many tags of a repository are named; of the rest is said how many there are. */
const namedTags = 20;

/** What retention would take away, one sentence for each repository. */
export class RetentionNotice {
  readonly #tell: (message: string) => void;
  #repository = "";
  #names: string[] = [];
  #count = 0;

  constructor(tell: (message: string) => void) {
    this.#tell = tell;
  }

  /** For applyRetention(), which goes through repositories one after the other. */
  readonly onDecision: NonNullable<RetentionOptions["onDecision"]> = (repository, { isKept, tag }) => {
    if (isKept) return;
    if (repository !== this.#repository) this.end();
    this.#repository = repository;
    this.#count++;
    if (this.#names.length < namedTags) this.#names.push(tag.tag);
  };

  /** After the last one. */
  end(): void {
    if (this.#count === 0) return;
    const more = this.#count - this.#names.length;
    const names = this.#names.join(", ") + (more > 0 ? ` and ${more} more` : "");
    const tags = this.#count === 1 ? "1 tag" : `${this.#count} tags`;
    this.#tell(`retention (dry run): ${tags} of ${this.#repository} would go: ${names}`);
    this.#names = [];
    this.#count = 0;
  }
}
