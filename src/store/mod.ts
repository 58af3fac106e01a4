export { collectGarbage, type GarbageOptions, type GarbageReport } from "./collect-garbage.ts";
export { defaultRoot } from "./default-root.ts";
export { exportImage } from "./export-image.ts";
export { type Finding, type FsckReport, openProblems } from "./fsck/finding.ts";
export type { FsckOptions } from "./fsck/fsck.ts";
export { fsckStore } from "./fsck-store.ts";
export * from "./local-store.ts";
export { manifestRecord } from "./manifest-record.ts";
export { type OpenOptions, openLocalStore } from "./open-local-store.ts";
