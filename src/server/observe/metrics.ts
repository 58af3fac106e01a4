import type { Meta } from "../../meta/mod.ts";
import { type Cell, type Family, MetricSet } from "./metric-set.ts";
import { processCollector } from "./process-metrics.ts";
import { RequestMetrics } from "./request-metrics.ts";
import { storeCollector } from "./store-metrics.ts";

/** Numbers about this process for Prometheus. */
export interface Metrics {
  /** Where other parts (pull-through, garbage collection) put numbers of their own: `collect()` asks them at each scrape. */
  readonly set: MetricSet;
  readonly requests: RequestMetrics;
  /** What happened in the registry. `bytes` is of content that was pushed or asked for, each blob and manifest whole. */
  readonly events: { readonly count: Family; readonly bytes: Family };
  readonly notifications: NotificationMetrics;
  readonly garbage: { readonly removedBlobs: Cell; readonly freedBytes: Cell };
  readonly limited: Family;
  readonly logErrors: Family;
  /** Prometheus text format 0.0.4. */
  text(): Promise<string>;
}

/** Distribution's names and label values. */
export interface NotificationMetrics {
  /** `type`: Events, Successes, Failures (an answer that says no), Errors (no answer). */
  readonly events: Family;
  /** `code`: `200 OK`. */
  readonly status: Family;
  readonly dropped: Family;
}

/** `meta` and `root` for what is asked at each scrape. */
export function createMetrics(
  options: { meta?: Meta; root?: string; endpoints?: readonly string[] } = {},
): Metrics {
  const set = new MetricSet();
  set.collect(processCollector());
  if (options.meta !== undefined) set.collect(storeCollector({ ...options, meta: options.meta }));
  return {
    set,
    requests: new RequestMetrics(set),
    events: {
      count: set.counter("kasane_events_total", "Pushes, pulls, mounts and deletes."),
      bytes: set.counter("kasane_content_bytes_total", "Bytes of what was pushed and pulled."),
    },
    notifications: {
      events: set.counter("registry_notifications_events_total", "Events for notification endpoints."),
      status: set.counter("registry_notifications_status_total", "Answers of notification endpoints."),
      dropped: set.counter(
        "kasane_notifications_dropped_total",
        "Events given up because an endpoint's queue was full.",
      ),
    },
    garbage: {
      removedBlobs: set
        .counter("kasane_gc_removed_blobs_total", "Blobs removed by garbage collection.")
        .cell(),
      freedBytes: set.counter("kasane_gc_freed_bytes_total", "Bytes freed by garbage collection.").cell(),
    },
    limited: set.counter("kasane_limited_requests_total", "Requests refused because of a limit per client."),
    logErrors: set.counter("kasane_log_errors_total", "Log lines that could not be written."),
    text: () => set.text(),
  };
}
