import { messageOf } from "../../lib/mod.ts";
import type { OutboxRecord, OutboxTable } from "../../meta/mod.ts";
import type { NotificationEndpoint } from "../config/server-config.ts";
import type { NotificationMetrics } from "./metrics.ts";
import { notificationMediaType } from "./notification-event.ts";
import { postEvents } from "./post-events.ts";

const batchEvents = 50;
const batchCharacters = 512 * 1024;
/** How often another process's leftovers are looked for, ms. Events of this process are sent at once. */
const idleMs = 5_000;
const firstRetryMs = 50;
const shortestWaitMs = 5;
const longestBackoffMs = 60_000;
/** Beyond the request's own limit: to write down how it ended. */
const leaseMarginMs = 30_000;

export interface SenderParts {
  readonly outbox: OutboxTable;
  readonly metrics: NotificationMetrics;
  readonly warn: (message: string) => void;
  /** Told how many have arrived. */
  readonly arrived: (count: number) => void;
}

/**
 * Sends one endpoint's events, oldest first; none overtakes another. What the endpoint does not take with a 2xx is tried
 * again: `threshold` times soon, then after `backoff`, which doubles up to a minute. Another process on the same store takes over what
 * this one leaves behind.
 */
export class NotificationSender {
  readonly #endpoint: NotificationEndpoint;
  readonly #parts: SenderParts;
  readonly #stopping = new AbortController();
  #wake: (() => void) | undefined;
  #isAwake = false;
  #isStopped = false;
  #failures = 0;
  readonly #done: Promise<void>;

  constructor(endpoint: NotificationEndpoint, parts: SenderParts) {
    this.#endpoint = endpoint;
    this.#parts = parts;
    this.#done = this.#run();
  }

  /** There is something to send. */
  wake(): void {
    this.#isAwake = true;
    this.#wake?.();
  }

  /** Lets the request under way end (at most `patienceMs`). What has not been sent waits in the outbox. */
  async stop(patienceMs: number): Promise<void> {
    const patience = setTimeout(() => this.#stopping.abort(), patienceMs);
    this.#isStopped = true;
    this.#wake?.();
    await this.#done;
    clearTimeout(patience);
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      let waitMs = idleMs;
      try {
        waitMs = await this.#sendSome();
      } catch (error) {
        this.#parts.warn(`cannot read the notifications for ${this.#endpoint.name}: ${messageOf(error)}`);
      }
      if (waitMs > 0) await this.#sleep(waitMs);
    }
  }

  /** Returns how long there is nothing to do, ms. */
  async #sendSome(): Promise<number> {
    const { outbox } = this.#parts;
    const { name, timeoutMs } = this.#endpoint;
    this.#isAwake = false;
    // After a refusal one by one: it may have been the size of the envelope.
    const limit = this.#failures > 0 ? 1 : batchEvents;
    const taken = await outbox.take({ endpoint: name, limit, leaseMs: timeoutMs + leaseMarginMs });
    if (taken.length === 0) return this.#untilDueMs();
    const batch = firstOf(taken);
    const rest = taken.slice(batch.length);
    // They wait behind the batch all the same; this way the lease is for one request.
    if (rest.length > 0) await outbox.postpone(idsOf(rest), Date.now());
    if (await this.#send(batch)) {
      await outbox.remove(idsOf(batch));
      this.#parts.arrived(batch.length);
      return 0;
    }
    const delayMs = this.#delayMs();
    await outbox.postpone(idsOf(batch), Date.now() + (this.#isStopped ? 0 : delayMs));
    return delayMs;
  }

  /** What this process, or another one, has put off. */
  async #untilDueMs(): Promise<number> {
    const dueAtMs = await this.#parts.outbox.dueAtMs(this.#endpoint.name);
    if (dueAtMs === undefined) return idleMs;
    return Math.min(idleMs, Math.max(shortestWaitMs, dueAtMs - Date.now()));
  }

  async #send(batch: readonly OutboxRecord[]): Promise<boolean> {
    const { metrics, warn } = this.#parts;
    const { name: endpoint, url, headers, timeoutMs } = this.#endpoint;
    const body = `{"events":[${batch.map((record) => record.event).join(",")}]}`;
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#stopping.signal]);
    const outcome = await postEvents({ url, headers, body, mediaType: notificationMediaType, signal });
    if ("code" in outcome) metrics.status.cell({ code: outcome.code, endpoint }).value++;
    const type = outcome.isTaken ? "Successes" : "code" in outcome ? "Failures" : "Errors";
    metrics.events.cell({ type, endpoint }).value += batch.length;
    if (outcome.isTaken) {
      if (this.#failures >= this.#endpoint.threshold)
        warn(`the notification endpoint ${endpoint} takes events again`);
      this.#failures = 0;
      return true;
    }
    this.#failures++;
    if (this.#failures === this.#endpoint.threshold) {
      warn(
        `the notification endpoint ${endpoint} did not take events ${this.#failures} times: ${outcome.reason}; they are kept and tried again`,
      );
    }
    return false;
  }

  #delayMs(): number {
    const { threshold, backoffMs } = this.#endpoint;
    const over = this.#failures - threshold;
    if (over < 0) return Math.min(backoffMs, firstRetryMs * 2 ** (this.#failures - 1));
    return Math.min(Math.max(backoffMs, longestBackoffMs), backoffMs * 2 ** Math.min(over, 20));
  }

  /** Until `ms` have passed or there is something new; but new events do not shorten the wait for a failing endpoint. */
  async #sleep(ms: number): Promise<void> {
    if (this.#isStopped || (this.#isAwake && this.#failures === 0)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.#wake = () => {
        if (this.#failures > 0 && !this.#isStopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}

function firstOf(records: readonly OutboxRecord[]): readonly OutboxRecord[] {
  let characters = 0;
  let count = 0;
  for (const { event } of records) {
    characters += event.length;
    if (count > 0 && characters > batchCharacters) break;
    count++;
  }
  return records.slice(0, count);
}

function idsOf(records: readonly OutboxRecord[]): number[] {
  return records.map((record) => record.id);
}
