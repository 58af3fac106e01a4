export * from "./copy-out.ts";
export * from "./diff-configs.ts";
export * from "./diff-images.ts";
export * from "./file-facts.ts";
export * from "./image-layers.ts";
export * from "./image-view.ts";
export * from "./image-waste.ts";
export * from "./layer-instructions.ts";
export type * from "./layer-view.ts";
export * from "./open-image.ts";
export {
  type InstalledPackage,
  installedPackages,
  type PackageList,
  type UnreadPackages,
} from "./packages.ts";
export * from "./place.ts";
export * from "./tar-of-path.ts";
export * from "./waste-rules.ts";
