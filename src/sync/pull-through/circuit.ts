import { isKasaneError, type KasaneError } from "../../lib/mod.ts";

export interface CircuitPatience {
  /** The first pause after a connection failed; each further one twice as long. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /** After a 429 that says nothing of when. */
  readonly rateLimitMs: number;
}

export const defaultCircuitPatience: CircuitPatience = {
  pauseMs: 5_000,
  longestPauseMs: 60_000,
  rateLimitMs: 30_000,
};

/** An upstream that answers, but badly: so often in a row until it is left alone for a while. */
const badAnswerLimit = 3;
/** `Retry-After` is honoured up to this: a number without sense must not switch an upstream off for ever. */
const longestRetryAfterMs = 24 * 3_600_000;
/** Whoever was let through to try, and was never heard of again, counts for no longer than this. */
const trialMs = 60_000;

/**
 * Decides whether an upstream may be asked. After a failure it is left alone for a while, so that not every client waits for the same
 * silence; then one request may try, and what becomes of it decides for all. What a server asked for by `Retry-After` is kept to.
 */
export class Circuit {
  readonly #patience: CircuitPatience;
  readonly #now: () => number;
  #failure: KasaneError | undefined;
  #blockedUntilMs = 0;
  #failures = 0;
  #badAnswers = 0;
  #trialUntilMs = 0;

  constructor(patience: CircuitPatience, now: () => number) {
    this.#patience = patience;
    this.#now = now;
  }

  /** Not asked before this; undefined when it may be asked. */
  get blockedUntilMs(): number | undefined {
    return this.#blockedUntilMs > this.#now() ? this.#blockedUntilMs : undefined;
  }

  /** True after a failure, until something has worked again. */
  get isSuspect(): boolean {
    return this.#failure !== undefined;
  }

  /** Why the upstream may not be asked now. undefined admits the caller, who then tells succeeded() or failed(). */
  refusal(): KasaneError | undefined {
    if (this.#failure === undefined) return undefined;
    const now = this.#now();
    if (now < this.#blockedUntilMs || now < this.#trialUntilMs) return this.#failure;
    this.#trialUntilMs = now + trialMs;
    return undefined;
  }

  succeeded(): void {
    this.#failure = undefined;
    this.#failures = 0;
    this.#badAnswers = 0;
    this.#blockedUntilMs = 0;
    this.#trialUntilMs = 0;
  }

  /** Takes in any failure of a request; most say only that the upstream is well and has something else to say. */
  failed(error: unknown): void {
    if (!isKasaneError(error) || !isAboutUpstream(error)) {
      this.succeeded();
      return;
    }
    this.#trialUntilMs = 0;
    const pauseMs = this.#pauseFor(error);
    if (pauseMs === undefined) return;
    this.#failure = error;
    this.#blockedUntilMs = Math.max(this.#blockedUntilMs, this.#now() + pauseMs);
  }

  #pauseFor(error: KasaneError): number | undefined {
    const { retryAfterMs, status } = error.data;
    if (typeof retryAfterMs === "number") return Math.min(retryAfterMs, longestRetryAfterMs);
    if (error.code === "rate-limited") return this.#patience.rateLimitMs;
    // Loop detected: it will be one as long as the configuration stays.
    if (status === 508) return this.#patience.longestPauseMs;
    const isAnswer = status !== undefined || error.code !== "network";
    // One bad answer may be about one repository only. A trial that fails needs no further proof.
    if (isAnswer && ++this.#badAnswers < badAnswerLimit && this.#failure === undefined) return undefined;
    return Math.min(this.#patience.longestPauseMs, this.#patience.pauseMs * 2 ** this.#failures++);
  }
}

/** 404, 403, a wrong digest: an answer about one thing, from an upstream that works. */
function isAboutUpstream(error: KasaneError): boolean {
  if (error.code === "rate-limited" || error.code === "network") return true;
  return Number(error.data.status) >= 500;
}
