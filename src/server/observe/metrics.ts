import type { MetricSet } from "./metric-set.ts";

/** Numbers about this process for Prometheus. */
export interface Metrics {
  /** Where other parts (pull-through, garbage collection) put numbers of their own. */
  readonly set: MetricSet;
  /** Prometheus text format 0.0.4. */
  text(): Promise<string>;
}
