import { RegistryFailure } from "../../registry/mod.ts";
import type { LimitsConfig } from "../config/server-config.ts";
import type { Family } from "./metric-set.ts";

/** Half of the clients that are remembered. One is about 150 bytes. */
const generationLimit = 20_000;

interface Bucket {
  tokens: number;
  atMs: number;
}

/**
 * A token bucket for each client, of this process. Memory is bounded: of two generations the older one is dropped when the younger
 * is full, so who comes regularly is remembered and whoever was not seen for 20,000 clients starts with a full bucket.
 */
export class RateLimit {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #now: () => number;
  #young = new Map<string, Bucket>();
  #old = new Map<string, Bucket>();

  constructor(rate: NonNullable<LimitsConfig["rate"]>, now: () => number = () => performance.now()) {
    this.#perMs = rate.requestsPerSecond / 1000;
    this.#burst = Math.max(1, rate.burst);
    this.#now = now;
  }

  /** @throws RegistryFailure TOOMANYREQUESTS with Retry-After, in whole seconds, and the RateLimit headers */
  take(client: string): void {
    const bucket = this.#bucket(client);
    const now = this.#now();
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (now - bucket.atMs) * this.#perMs);
    bucket.atMs = now;
    if (bucket.tokens < 1) throw this.#refusal(bucket.tokens);
    bucket.tokens--;
  }

  /** Clients remembered. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  #bucket(client: string): Bucket {
    const known = this.#young.get(client);
    if (known !== undefined) return known;
    const bucket = this.#old.get(client) ?? { tokens: this.#burst, atMs: this.#now() };
    if (this.#young.size >= generationLimit) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(client, bucket);
    return bucket;
  }

  #refusal(tokens: number): RegistryFailure {
    const untilNextMs = (1 - tokens) / this.#perMs;
    const untilFullMs = (this.#burst - tokens) / this.#perMs;
    const perSecond = this.#perMs * 1000;
    return new RegistryFailure("TOOMANYREQUESTS", {
      message: `more than ${perSecond} requests per second`,
      headers: {
        "retry-after": String(Math.max(1, Math.ceil(untilNextMs / 1000))),
        "ratelimit-limit": String(this.#burst),
        "ratelimit-remaining": "0",
        "ratelimit-reset": String(Math.max(1, Math.ceil(untilFullMs / 1000))),
      },
    });
  }
}

/** RateLimit.take(), which counts whom it refuses; without a limit nothing happens. */
export function takeCounting(rate: RateLimit | undefined, limited: Family): (client: string) => void {
  const tooFast = limited.cell({ reason: "rate" });
  return (client) => {
    try {
      rate?.take(client);
    } catch (error) {
      tooFast.value++;
      throw error;
    }
  };
}
