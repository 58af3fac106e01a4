import type { UpstreamTable } from "../../meta/mod.ts";
import type { Digest } from "../../oci/mod.ts";

type Reference = { readonly tag: string } | { readonly digest: Digest };

const limitEntries = 5_000;
const intervalMs = 60_000;

/** Who asked for what when, written down in bundles. What a crash forgets only makes something go a minute earlier. */
export class UseNotes {
  readonly #table: UpstreamTable;
  readonly #now: () => number;
  #notes = new Map<string, { repository: string; reference: Reference; atMs: number }>();
  #writtenAtMs: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(table: UpstreamTable, now: () => number) {
    this.#table = table;
    this.#now = now;
    this.#writtenAtMs = now();
  }

  note(repository: string, reference: Reference): void {
    const atMs = this.#now();
    const key = "tag" in reference ? `${repository}:${reference.tag}` : `${repository}@${reference.digest}`;
    this.#notes.set(key, { repository, reference, atMs });
    if (this.#notes.size < limitEntries && atMs - this.#writtenAtMs < intervalMs) return;
    this.flush().catch(() => {});
  }

  /** Resolves when everything noted so far is in SQL. */
  flush(): Promise<void> {
    const notes = [...this.#notes.values()];
    this.#notes = new Map();
    this.#writtenAtMs = this.#now();
    // An earlier failure was told to whoever waited for it.
    this.#writing = this.#writing
      .catch(() => {})
      .then(() => (notes.length > 0 ? this.#table.noteUses(notes) : undefined));
    return this.#writing;
  }
}
