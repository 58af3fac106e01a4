import type { Collector, MetricSample } from "./metric-set.ts";

/** What is shown of an upstream: what sync/ says of its state, as far as numbers go. */
export interface UpstreamNumbers {
  readonly name: string;
  readonly isReachable?: boolean;
  /** Not asked before this time, ms since the epoch. */
  readonly blockedUntilMs?: number;
  readonly rateLimit?: { readonly limit?: number; readonly remaining?: number };
  readonly hits: number;
  readonly misses: number;
  readonly staleServed: number;
  readonly bytes: number;
  readonly downloads: number;
  readonly unkept: number;
}

/** Pull-through, by upstream: there are as many as the configuration names. For `metrics.set.collect()`. */
export function upstreamCollector(upstreams: () => readonly UpstreamNumbers[]): Collector {
  return () => {
    const all = upstreams();
    const now = Date.now();
    const sample = (
      kind: MetricSample["kind"],
      [name, help]: readonly [string, string],
      number: (upstream: UpstreamNumbers) => number | undefined,
    ): MetricSample => ({
      name: `kasane_upstream_${name}`,
      kind,
      help,
      values: all.flatMap((upstream) => {
        const value = number(upstream);
        return value === undefined ? [] : [{ labels: { upstream: upstream.name }, value }];
      }),
    });
    return [
      sample(
        "counter",
        ["hits_total", "Manifests answered out of what was here and fresh."],
        ({ hits }) => hits,
      ),
      sample("counter", ["misses_total", "Questions to the upstream."], ({ misses }) => misses),
      sample(
        "counter",
        ["stale_total", "Manifests answered although the upstream could not be asked."],
        (one) => one.staleServed,
      ),
      sample("counter", ["received_bytes_total", "Bytes of blobs from the upstream."], ({ bytes }) => bytes),
      sample(
        "counter",
        ["unkept_total", "Manifests and blobs passed on without being kept: the quota was used up."],
        ({ unkept }) => unkept,
      ),
      sample("gauge", ["downloads", "Downloads under way."], ({ downloads }) => downloads),
      sample("gauge", ["reachable", "1 when the last question was answered."], ({ isReachable }) =>
        isReachable === undefined ? undefined : Number(isReachable),
      ),
      sample(
        "gauge",
        ["blocked_seconds", "How long the upstream is left alone from now on."],
        ({ blockedUntilMs = now }) => Math.max(0, (blockedUntilMs - now) / 1000),
      ),
      sample(
        "gauge",
        ["ratelimit_limit", "Pulls the upstream allows in its window."],
        ({ rateLimit }) => rateLimit?.limit,
      ),
      sample(
        "gauge",
        ["ratelimit_remaining", "Pulls the upstream still allows."],
        ({ rateLimit }) => rateLimit?.remaining,
      ),
    ];
  };
}
