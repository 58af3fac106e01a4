export { build } from "./build.ts";
export { applyChanges } from "./metadata.ts";
export * from "./options.ts";
export * from "./progress.ts";
export { pruneBuildCache } from "./prune-build-cache.ts";
