import { KasaneError } from "../lib/mod.ts";

export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly attempts: number;
  /** The first pause is at most this, each further one twice as much. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** A server that asks for a longer pause than this is not waited for. */
  readonly maxRetryAfterMs: number;
}

export const defaultRetry: RetryPolicy = {
  attempts: 5,
  baseMs: 250,
  maxMs: 8_000,
  maxRetryAfterMs: 60_000,
};

const passingStatus = new Set([408, 429, 502, 503, 504]);

/** Statuses that say "not now" rather than "no". */
export function isPassingStatus(status: number): boolean {
  return passingStatus.has(status);
}

/** `Retry-After` in milliseconds: delta seconds or an HTTP date (RFC 9110, section 10.2.3). */
export function parseRetryAfter(header: string | null, nowMs = Date.now()): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Z][a-z]{2},/.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** The wait a server asked for, out of an error that responseError() made. */
export function retryAfterOf(error: KasaneError): number | undefined {
  const { retryAfterMs } = error.data;
  return typeof retryAfterMs === "number" ? retryAfterMs : undefined;
}

/**
 * The pause before the next try: random up to an exponential bound, so that many clients do not come back together, but never
 * shorter than what the server asked for. undefined when there is to be no further try.
 */
export function retryDelayMs(
  policy: RetryPolicy,
  triesMade: number,
  retryAfterMs: number | undefined,
): number | undefined {
  if (triesMade >= policy.attempts) return undefined;
  if (retryAfterMs !== undefined && retryAfterMs > policy.maxRetryAfterMs) return undefined;
  const bound = Math.min(policy.maxMs, policy.baseMs * 2 ** (triesMade - 1));
  return Math.max(retryAfterMs ?? 0, Math.random() * bound);
}

/** Waits. @throws KasaneError `cancelled` as soon as the signal says so. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  throwIfCancelled(signal);
  if (ms <= 0) return;
  await new Promise<void>((resolve, reject) => {
    const cancel = () => {
      clearTimeout(timer);
      reject(cancelled());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", cancel);
      resolve();
    }, ms);
    signal?.addEventListener("abort", cancel, { once: true });
  });
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

export function cancelled(): KasaneError {
  return new KasaneError("cancelled", "the transfer was cancelled");
}

/** `work`, which others wait for as well, unless this caller gives up: the work itself goes on. */
export function unlessCancelled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const cancel = () => reject(cancelled());
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", cancel));
  });
}
