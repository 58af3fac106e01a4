/** Larger things are read again each time: they would drive out many small ones. */
const partOfLimit = 16;

/**
 * What was read lately, as long as it is certain to be what would be read now. It is forgotten as a whole when the revision changes,
 * which deleting and retagging do and pushing does not. Who may read it is asked before, each time.
 */
export class ReadCache<T> {
  readonly #revision: () => number;
  readonly #generationBytes: number;
  /** Two generations instead of an order of use: what is used moves to the young one, and the old one goes when that is full. */
  #young = new Map<string, { value: T; sizeBytes: number }>();
  #old = new Map<string, { value: T; sizeBytes: number }>();
  #youngBytes = 0;
  #knownRevision = -1;

  constructor(options: { revision: () => number; limitBytes: number }) {
    this.#revision = options.revision;
    this.#generationBytes = options.limitBytes / 2;
  }

  /** Take it before reading, for keep(). */
  revision(): number {
    const revision = this.#revision();
    if (revision !== this.#knownRevision) {
      this.#young.clear();
      this.#old.clear();
      this.#youngBytes = 0;
      this.#knownRevision = revision;
    }
    return revision;
  }

  get(key: string): T | undefined {
    this.revision();
    const young = this.#young.get(key);
    if (young !== undefined) return young.value;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.#old.delete(key);
    this.#add(key, old);
    return old.value;
  }

  /** Keeps what was read at `revision`, unless something has changed while it was being read. */
  keep(key: string, value: T, read: { revision: number; sizeBytes: number }): void {
    if (read.sizeBytes > this.#generationBytes / partOfLimit || this.revision() !== read.revision) return;
    this.#old.delete(key);
    this.#add(key, { value, sizeBytes: read.sizeBytes });
  }

  #add(key: string, entry: { value: T; sizeBytes: number }): void {
    this.#youngBytes += entry.sizeBytes - (this.#young.get(key)?.sizeBytes ?? 0);
    this.#young.set(key, entry);
    if (this.#youngBytes <= this.#generationBytes) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }
}
