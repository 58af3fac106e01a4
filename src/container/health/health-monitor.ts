import type { Healthcheck } from "../../oci/mod.ts";
import { beginningHealth, type CheckResult, type Health, healthAfter, pauseMsOf } from "./health.ts";

export interface MonitorOptions {
  readonly check: Healthcheck;
  readonly startedAtMs: number;
  /** Undefined while the container is paused: then there is nothing to be found out. */
  readonly run: (signal: AbortSignal) => Promise<CheckResult | undefined>;
  readonly onChange: (health: Health) => Promise<void>;
}

/** Checks a container's health from time to time, for as long as its program runs. */
export class HealthMonitor {
  readonly #options: MonitorOptions;
  readonly #ending = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #last: Promise<unknown> = Promise.resolve();
  #health = beginningHealth;

  constructor(options: MonitorOptions) {
    this.#options = options;
    void this.#watch();
  }

  /** One check now, after those that are on their way; undefined where none could be made. */
  check(): Promise<CheckResult | undefined> {
    const checked = this.#last.then(() => this.#checkOnce());
    this.#last = checked.catch(() => {});
    return checked;
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#ended.resolve();
    await this.#last;
  }

  async #watch(): Promise<void> {
    const { check, startedAtMs } = this.#options;
    while (!this.#ending.signal.aborted) {
      const pauseMs = pauseMsOf(check, this.#health, Date.now() - startedAtMs);
      await Promise.race([Bun.sleep(pauseMs), this.#ended.promise]);
      if (!this.#ending.signal.aborted) await this.check().catch(() => {});
    }
  }

  async #checkOnce(): Promise<CheckResult | undefined> {
    const { check, startedAtMs, run, onChange } = this.#options;
    const result = await run(this.#ending.signal);
    // What ended with the program says nothing of its health.
    if (result === undefined || this.#ending.signal.aborted) return undefined;
    this.#health = healthAfter(this.#health, result, check, startedAtMs);
    await onChange(this.#health);
    return result;
  }
}
