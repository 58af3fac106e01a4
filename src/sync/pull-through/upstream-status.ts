import type { RateLimit } from "./rate-limit.ts";

/** How an upstream is, for metrics and for people. */
export interface UpstreamStatus {
  readonly name: string;
  readonly host: string;
  /** Whether the last request was answered; absent before the first. */
  readonly isReachable?: boolean;
  /** Not asked before this time, ms since the epoch. */
  readonly blockedUntilMs?: number;
  /** What the upstream last said of it. */
  readonly rateLimit?: RateLimit;
  readonly lastError?: { readonly message: string; readonly atMs: number };
  /** Manifests answered out of what was here and fresh. */
  readonly hits: number;
  /** Manifests and blobs for which the upstream was asked. */
  readonly misses: number;
  /** Manifests answered although the upstream could not be asked. */
  readonly staleServed: number;
  /** Bytes of blobs received. */
  readonly bytes: number;
  /** Manifests and blobs passed on without being kept, as a quota had no room for them. */
  readonly unkept: number;
  /** Downloads under way. */
  readonly downloads: number;
}
