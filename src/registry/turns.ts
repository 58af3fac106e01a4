import { endsWithin } from "../lib/mod.ts";

/** One at a time for each key, first come, first served, within this process. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Waits for the turn; undefined when it has not come after `timeoutMs`. The result ends it. */
  async take(key: string, timeoutMs: number): Promise<(() => void) | undefined> {
    const before = this.#last.get(key);
    let finish!: () => void;
    const mine = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const last = before === undefined ? mine : before.then(() => mine);
    this.#last.set(key, last);
    const forget = () => {
      if (this.#last.get(key) === last) this.#last.delete(key);
    };
    if (before === undefined || (await endsWithin(before, timeoutMs))) {
      return () => {
        finish();
        forget();
      };
    }
    // Those behind us wait for the one before us.
    finish();
    void last.then(forget);
    return undefined;
  }
}
