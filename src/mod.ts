/**
 * Kasane as a library: operations first, then the vocabulary they speak. The parts have doors of their own (`kasane/oci`,
 * `kasane/layer` …); see docs/library.md.
 */
export { createAccess } from "./access/mod.ts";
export { build } from "./build/mod.ts";
export { createRegistryClient, loadCredentials, type RegistryClient } from "./distribution/mod.ts";
export {
  changeImage,
  copyImage,
  type Image,
  type ImageSink,
  type ImageSource,
  imageFrom,
  layoutSink,
  layoutSource,
  newImage,
  openArchive,
  putImage,
  registrySink,
  registrySource,
  writeArchive,
} from "./image/mod.ts";
export { type ImageTree, type LayerEntry, type LayerIndex, mergeLayers } from "./layer/mod.ts";
export { type ErrorCode, isKasaneError, KasaneError, type ProgressEvent } from "./lib/mod.ts";
export { diffImages, type ImageView, imageWaste, readFile, viewImages } from "./look/mod.ts";
export {
  type Digest,
  formatReference,
  type Platform,
  parseDigest,
  parsePlatform,
  parseReference,
  type Reference,
} from "./oci/mod.ts";
export { createRegistry } from "./registry/mod.ts";
export { loadServerConfig, startConfiguredServer, startServer } from "./server/mod.ts";
export { type LocalImage, type LocalStore, openLocalStore } from "./store/mod.ts";
export { createPullThrough, importRegistry, pullImage, pushImage } from "./sync/mod.ts";
export { readTar, type TarEntry, writeTar } from "./tar/mod.ts";
