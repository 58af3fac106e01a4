export { defaultRoot } from "./default-root.ts";
export { exportImage } from "./export-image.ts";
export * from "./local-store.ts";
export { type OpenOptions, openLocalStore } from "./open-local-store.ts";
