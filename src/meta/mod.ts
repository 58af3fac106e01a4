export {
  expectedEdges,
  type IntegrityTable,
  type OrphanRows,
  type StoredManifest,
  type Users,
} from "./integrity.ts";
export { manifestRecord } from "./manifest-record.ts";
export * from "./meta.ts";
export type * from "./outbox.ts";
export { refuseFull } from "./quota.ts";
export type * from "./reviews.ts";
export type * from "./robots.ts";
export type * from "./settings.ts";
export * from "./sqlite-meta.ts";
export type * from "./upstreams.ts";
