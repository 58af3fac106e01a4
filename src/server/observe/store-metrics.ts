import { statfsSync } from "node:fs";
import type { Meta } from "../../meta/mod.ts";
import type { Collector, MetricSample } from "./metric-set.ts";

/** What the store has and what waits in it. Only what costs the same whatever the store holds, or is bounded. */
export function storeCollector(parts: {
  meta: Meta;
  root?: string;
  /** Names of notification endpoints: a queue that is empty is shown as well. */
  endpoints?: readonly string[];
}): Collector {
  const { meta, root, endpoints = [] } = parts;
  return async () => {
    const now = Date.now();
    const [reviews, outbox, usage] = await Promise.all([
      orNothing(() => meta.reviews.pending()),
      orNothing(() => meta.outbox.pending()),
      orNothing(() => meta.repositories.usage("")),
    ]);
    const waiting = (endpoint: string) => outbox?.find((entry) => entry.endpoint === endpoint);
    const oldest = reviews?.oldestDueAtMs;
    return [
      gauge("kasane_gc_pending_reviews", "What garbage collection has to look at.", reviews?.count),
      gauge(
        "kasane_gc_overdue_seconds",
        "Age of the oldest review: one that is much older than the grace time is late.",
        reviews && (oldest === undefined ? 0 : Math.max(0, (now - oldest) / 1000)),
      ),
      gauge("kasane_store_hosted_bytes", "Bytes of what repositories hold.", usage?.totalBytes),
      gauge(
        "kasane_store_free_bytes",
        "Room on the store's disk.",
        root === undefined ? undefined : free(root),
      ),
      {
        name: "registry_notifications_pending_total",
        kind: "gauge",
        help: "Events waiting for a notification endpoint.",
        values: endpoints.map((endpoint) => ({ labels: { endpoint }, value: waiting(endpoint)?.count ?? 0 })),
      },
      {
        name: "kasane_notifications_oldest_seconds",
        kind: "gauge",
        help: "Age of the oldest event waiting for a notification endpoint.",
        values: endpoints.map((endpoint) => ({
          labels: { endpoint },
          value: Math.max(0, (now - (waiting(endpoint)?.oldestAtMs ?? now)) / 1000),
        })),
      },
    ];
  };
}

function gauge(name: string, help: string, value: number | undefined): MetricSample {
  return { name, kind: "gauge", help, values: value === undefined ? [] : [{ value }] };
}

/** One table that cannot be asked is no reason to say nothing of the others. */
async function orNothing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  return ask().catch(() => undefined);
}

function free(root: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(root);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
