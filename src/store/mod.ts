export { collectGarbage, type GarbageOptions, type GarbageReport } from "./collect-garbage.ts";
export { defaultRoot } from "./default-root.ts";
export { exportImage, imageFiles } from "./export-image.ts";
export { type Finding, type FsckReport, openProblems } from "./fsck/finding.ts";
export type { FsckOptions } from "./fsck/fsck.ts";
export { fsckStore } from "./fsck-store.ts";
export { layerContentBytes } from "./layer-indexes.ts";
export * from "./local-store.ts";
export { nearHint, nearInstead } from "./near-instead.ts";
export { type OpenOptions, openLocalStore } from "./open-local-store.ts";
export { referrersOf } from "./referrers-of.ts";
export { giveUpReserve, keepReserve, withReserve } from "./reserve.ts";
export type { RetainedName } from "./retain-images.ts";
export { DryRun } from "./space/dry-run.ts";
export { treeBytes } from "./space/file-sizes.ts";
export type * from "./space/space-report.ts";
export { unpackedDirectories } from "./unpacked-directories.ts";
export { deliveryUploadId } from "./upload-turn.ts";
export { makeVolume, removeVolumeFiles } from "./volumes/change-volumes.ts";
export {
  isVolumeName,
  listVolumes,
  readVolume,
  type Volume,
  volumeData,
  volumeDirectory,
  volumeKey,
} from "./volumes/volume-files.ts";
