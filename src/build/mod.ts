export { build } from "./build.ts";
export { applyChanges } from "./metadata.ts";
export * from "./options.ts";
export * from "./progress.ts";
