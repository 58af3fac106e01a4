export * from "./apply.ts";
export * from "./changed-paths.ts";
export * from "./compression.ts";
export * from "./create-upper.ts";
export * from "./diff.ts";
export * from "./directory-tar.ts";
export * from "./entry.ts";
export * from "./extract.ts";
export * from "./flatten.ts";
export { type PlannedMember, planFlatten } from "./flatten-plan.ts";
export * from "./inside-root.ts";
export { indexLayer, indexTar, isSelfContained } from "./layer-index.ts";
export { decodeLayerIndex, encodeLayerIndex, readIndexText } from "./layer-index-file.ts";
export {
  type LayerPart,
  mergeBelow,
  OutsidePart,
  partOfIndex,
  partOfText,
  type TreePart,
} from "./layer-part.ts";
export { type LayerContent, LayerTar } from "./layer-tar.ts";
export * from "./overlay.ts";
export { isAtOrBelow, partOfTree } from "./part-of-tree.ts";
export * from "./portable.ts";
export { type LayerMember, layerEntryOf, readLayer } from "./read-layer.ts";
export * from "./read-layer-files.ts";
export { type SettleOptions, settleUpper } from "./settle-upper.ts";
export * from "./squash.ts";
export * from "./tree.ts";
