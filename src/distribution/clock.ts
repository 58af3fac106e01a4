import { KasaneError } from "../lib/mod.ts";
import { networkError } from "./network-error.ts";
import { cancelled } from "./retry.ts";

/** The clock of one exchange: ends it when the other side falls silent or the caller gives up. */
export class Clock {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #cancel = () => this.#controller.abort(cancelled());
  #timer: Timer | undefined;
  #waited = 0;

  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer;
    outer?.addEventListener("abort", this.#cancel, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The next event has to come within `ms`; the longest of the values counts. */
  arm(...ms: number[]): void {
    const wait = Math.max(...ms);
    if (this.#timer !== undefined && wait === this.#waited) {
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#waited = wait;
    this.#timer = setTimeout(() => {
      this.#controller.abort(new SilenceError(`no byte for ${Math.round(wait / 1000)} s`));
    }, wait);
  }

  disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  end(): void {
    this.disarm();
    this.#outer?.removeEventListener("abort", this.#cancel);
  }

  abort(): void {
    this.#controller.abort();
  }

  explain(error: unknown, action: string, host: string): KasaneError {
    if (this.#outer?.aborted) return cancelled();
    if (error instanceof KasaneError) return error;
    return networkError(this.signal.aborted ? this.signal.reason : error, action, host);
  }
}

class SilenceError extends Error {
  readonly code = "ESILENT";
}
