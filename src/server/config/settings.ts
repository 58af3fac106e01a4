/** What a configuration says, read and checked, by path. Absent keys are undefined: defaults belong to whoever asks. */
export class Settings {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #place: (path: string) => string;
  readonly #prefix: string;

  /** Paths have numbers for items of lists: `kasane.upstreams.0.url`. */
  constructor(values: ReadonlyMap<string, unknown>, place: (path: string) => string, prefix = "") {
    this.#values = values;
    this.#place = place;
    this.#prefix = prefix;
  }

  text(path: string): string | undefined {
    return this.#values.get(this.#prefix + path) as string | undefined;
  }

  flag(path: string): boolean | undefined {
    return this.#values.get(this.#prefix + path) as boolean | undefined;
  }

  /** Counts, bytes, milliseconds. */
  number(path: string): number | undefined {
    return this.#values.get(this.#prefix + path) as number | undefined;
  }

  texts(path: string): readonly string[] | undefined {
    return this.#values.get(this.#prefix + path) as readonly string[] | undefined;
  }

  map<T>(path: string): Readonly<Record<string, T>> | undefined {
    return this.#values.get(this.#prefix + path) as Readonly<Record<string, T>> | undefined;
  }

  /** True when the path or anything below it was given. */
  has(path: string): boolean {
    const full = this.#prefix + path;
    if (this.#values.has(full)) return true;
    for (const name of this.#values.keys()) if (name.startsWith(`${full}.`)) return true;
    return false;
  }

  /** The items of a list of sections. */
  items(path: string): Settings[] {
    const items: Settings[] = [];
    for (let index = 0; this.has(`${path}.${index}`); index++) {
      items.push(new Settings(this.#values, this.#place, `${this.#prefix}${path}.${index}.`));
    }
    return items;
  }

  /** For an error about a value. */
  origin(path: string): { place: string; path: string } {
    const full = this.#prefix + path;
    return { place: this.#place(full), path: full };
  }

  /** Every value that was given. */
  entries(): IterableIterator<[string, unknown]> {
    return this.#values.entries();
  }
}
