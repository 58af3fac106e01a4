import { messageOf } from "../../lib/mod.ts";
import type { OutboxTable } from "../../meta/mod.ts";
import type { RegistryEvent, RegistryObserver } from "../../registry/mod.ts";
import type { NotificationEndpoint } from "../config/server-config.ts";
import type { NotificationMetrics } from "./metrics.ts";
import { type EventShape, notificationsOf } from "./notification-event.ts";
import { NotificationSender } from "./notification-sender.ts";

/** What one endpoint may have waiting. An event takes about a kilobyte. */
const keepEvents = 20_000;
/** Pulls are written together after this, ms. */
const pullDelayMs = 500;
const pullBatch = 1_000;
const recountMs = 10_000;
/** What waits for an endpoint that this process does not know may be another process's, for so long. */
const forgottenMs = 24 * 60 * 60 * 1000;

export interface NotifierOptions {
  readonly endpoints: readonly NotificationEndpoint[];
  readonly outbox: OutboxTable;
  readonly shape: () => EventShape;
  readonly metrics: NotificationMetrics;
  readonly warn: (message: string) => void;
  /** Events an endpoint may have waiting. Default 20,000. */
  readonly keep?: number;
}

/** Tells endpoints what happens in the registry. What changed something is in the outbox, on disk, before the client is answered. */
export interface Notifier extends RegistryObserver {
  /** Writes down what is not yet, and lets the requests under way end. */
  close(): Promise<void>;
}

interface Entry {
  readonly endpoint: string;
  readonly event: string;
}

export function createNotifier(options: NotifierOptions): Notifier {
  return new OutboxNotifier(options);
}

class OutboxNotifier implements Notifier {
  readonly #options: NotifierOptions;
  readonly #senders: ReadonlyMap<string, NotificationSender>;
  /** About how many wait, by endpoint: counted here between two looks. */
  readonly #waiting = new Map<string, number>();
  readonly #keep: number;
  #shape: EventShape | undefined;
  #pulls: Entry[] = [];
  #pullTimer: Timer | undefined;
  readonly #recount: Timer;
  #bounding: Promise<void> | undefined;

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#keep = options.keep ?? keepEvents;
    const { outbox, metrics, warn, endpoints } = options;
    this.#senders = new Map(
      endpoints.map((endpoint) => [
        endpoint.name,
        new NotificationSender(endpoint, {
          outbox,
          metrics,
          warn,
          arrived: (count) => this.#count(endpoint.name, -count),
        }),
      ]),
    );
    this.#recount = setInterval(() => void this.#bound(), recountMs).unref();
    void this.#bound();
  }

  wants(action: RegistryEvent["action"]): boolean {
    return this.#options.endpoints.some((endpoint) => !endpoint.ignoredActions.includes(action));
  }

  happened(event: RegistryEvent): void | Promise<void> {
    const entries = this.#entriesOf(event);
    if (entries.length === 0) return;
    if (event.action === "pull") {
      this.#addPulls(entries);
      return;
    }
    return this.#add(entries, { isDurable: true });
  }

  async close(): Promise<void> {
    clearInterval(this.#recount);
    await this.#bounding;
    await this.#writePulls();
    await Promise.all([...this.#senders.values()].map((sender) => sender.stop(2_000)));
  }

  #entriesOf(event: RegistryEvent): Entry[] {
    this.#shape ??= this.#options.shape();
    const entries: Entry[] = [];
    for (const notification of notificationsOf(event, this.#shape)) {
      for (const endpoint of this.#options.endpoints) {
        if (endpoint.ignoredActions.includes(notification.action)) continue;
        if (endpoint.ignoredMediaTypes.includes(notification.mediaType)) continue;
        if (event.action === "pull" && this.#isFull(endpoint.name)) continue;
        entries.push({ endpoint: endpoint.name, event: notification.text(endpoint) });
      }
    }
    return entries;
  }

  /** Pulls may fill half of a queue: they are many, and must not push out a push. */
  #isFull(endpoint: string): boolean {
    if ((this.#waiting.get(endpoint) ?? 0) < this.#keep / 2) return false;
    this.#options.metrics.dropped.cell({ endpoint, action: "pull" }).value++;
    return true;
  }

  #addPulls(entries: readonly Entry[]): void {
    for (const { endpoint } of entries) this.#count(endpoint, 1);
    this.#pulls.push(...entries);
    if (this.#pulls.length >= pullBatch) void this.#writePulls();
    else this.#pullTimer ??= setTimeout(() => this.#writePulls(), pullDelayMs).unref();
  }

  async #writePulls(): Promise<void> {
    clearTimeout(this.#pullTimer);
    this.#pullTimer = undefined;
    const entries = this.#pulls;
    this.#pulls = [];
    await this.#add(entries, { isDurable: false }).catch((error) => {
      this.#options.warn(`${entries.length} notifications of pulls are lost: ${messageOf(error)}`);
    });
  }

  async #add(entries: readonly Entry[], { isDurable }: { isDurable: boolean }): Promise<void> {
    if (entries.length === 0) return;
    await this.#options.outbox.add(entries, { isDurable });
    for (const { endpoint } of entries) {
      if (isDurable) this.#count(endpoint, 1);
      this.#options.metrics.events.cell({ type: "Events", endpoint }).value++;
    }
    for (const name of new Set(entries.map((entry) => entry.endpoint))) {
      this.#senders.get(name)!.wake();
      if (this.#waiting.get(name)! > this.#keep * 1.1) void this.#bound();
    }
  }

  #count(endpoint: string, change: number): void {
    this.#waiting.set(endpoint, (this.#waiting.get(endpoint) ?? 0) + change);
  }

  /** Looks how many wait, and drops the oldest beyond what may: a dead endpoint must not fill the disk. */
  #bound(): Promise<void> {
    this.#bounding ??= this.#look().finally(() => {
      this.#bounding = undefined;
    });
    return this.#bounding;
  }

  async #look(): Promise<void> {
    const { outbox, metrics, warn } = this.#options;
    try {
      const pending = await outbox.pending();
      this.#waiting.clear();
      for (const { endpoint, count, oldestAtMs } of pending) {
        const isForgotten = !this.#senders.has(endpoint) && Date.now() - oldestAtMs > forgottenMs;
        const keep = isForgotten ? 0 : this.#keep;
        this.#waiting.set(endpoint, Math.min(count, keep));
        if (count <= keep) continue;
        const dropped = await outbox.trim(endpoint, keep);
        if (dropped === 0) continue;
        const why = isForgotten
          ? "it is configured no longer"
          : `it does not take them, and ${keep} are waiting`;
        // A name that is configured no longer is no label: those would add up.
        if (this.#senders.has(endpoint)) metrics.dropped.cell({ endpoint, action: "any" }).value += dropped;
        warn(`${dropped} notifications for ${endpoint} were dropped: ${why}`);
      }
    } catch (error) {
      warn(`cannot count the notifications that wait: ${messageOf(error)}`);
    }
  }
}
