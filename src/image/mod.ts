export * from "./compose-image.ts";
export * from "./copy-image.ts";
export * from "./image.ts";
export * from "./manifest-tree.ts";
export * from "./resolve-platform.ts";
export * from "./source.ts";
export * from "./verified.ts";
