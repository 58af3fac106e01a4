export type * from "./audit-log.ts";
export type * from "./health.ts";
export type * from "./metric-set.ts";
export type * from "./metrics.ts";
export * from "./operations.ts";
