export * from "./apply.ts";
export * from "./compression.ts";
export * from "./diff.ts";
export * from "./entry.ts";
export * from "./layer-index.ts";
export { decodeLayerIndex, encodeLayerIndex } from "./layer-index-file.ts";
export * from "./overlay.ts";
export { type LayerMember, readLayer } from "./read-layer.ts";
export * from "./tree.ts";
