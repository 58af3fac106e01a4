import { type KeyPart, setting } from "./cache/step-key.ts";
import type { DraftEntry } from "./layer-draft.ts";

/** Which times the files of a new layer have. */
export class FileTimes {
  readonly #seconds: number;
  readonly #isRewritten: boolean;

  /** @param isRewritten no file is later than the build, whoever gave it its time */
  constructor(seconds: number, isRewritten: boolean) {
    this.#seconds = seconds;
    this.#isRewritten = isRewritten;
  }

  /** What a step's result depends on. */
  get keyPart(): KeyPart {
    return setting("time", this.#isRewritten ? [this.#seconds, "no later"] : this.#seconds);
  }

  /** From when on a file's time is not content but the build's: when the step began, or the time of the build itself. */
  clampFromMs(startedMs: number): number {
    return this.#isRewritten ? Math.min(startedMs, this.#seconds * 1000) : startedMs;
  }

  /** Files that came with times of their own. */
  clamped(entries: readonly DraftEntry[]): readonly DraftEntry[] {
    if (!this.#isRewritten) return entries;
    const modified = { seconds: this.#seconds, nanoseconds: 0 };
    return entries.map((entry) => (entry.modified.seconds < this.#seconds ? entry : { ...entry, modified }));
  }
}
