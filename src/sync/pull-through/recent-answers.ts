import { BoundedMap } from "../../lib/mod.ts";

/** Answers that are good for a while, by key. The oldest give way. */
export class RecentAnswers<T> {
  readonly #answers: BoundedMap<string, { readonly value: T; readonly untilMs: number }>;
  readonly #now: () => number;

  constructor(options: { now: () => number; limit: number }) {
    this.#now = options.now;
    this.#answers = new BoundedMap(options.limit);
  }

  get(key: string): T | undefined {
    const found = this.#answers.get(key);
    if (found === undefined) return undefined;
    if (found.untilMs > this.#now()) return found.value;
    this.#answers.delete(key);
    return undefined;
  }

  put(key: string, value: T, lifetimeMs: number): void {
    this.#answers.set(key, { value, untilMs: this.#now() + lifetimeMs });
  }

  delete(key: string): void {
    this.#answers.delete(key);
  }
}
