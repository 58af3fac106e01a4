export { build } from "./build.ts";
export { type BuildCacheEntry, listBuildCache } from "./build-cache.ts";
export { type CheckBuildOptions, type CheckedBuild, checkBuild } from "./check.ts";
export { applyChanges } from "./metadata.ts";
export * from "./options.ts";
export * from "./progress.ts";
export { type PruneCacheOptions, pruneBuildCache } from "./prune-build-cache.ts";
export { downloadFile, isAddress } from "./remote-file.ts";
export { maxSecretBytes } from "./secret-mounts.ts";
