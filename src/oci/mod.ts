export * from "./chain-ids.ts";
export * from "./config.ts";
export * from "./descriptor.ts";
export * from "./digest.ts";
export * from "./encode-config.ts";
export * from "./encode-manifest.ts";
export * from "./error-code.ts";
export * from "./go-container-config.ts";
export * from "./image-children.ts";
export {
  isJsonObject,
  type JsonDocument,
  type JsonLimits,
  type JsonObject,
  parseJson,
  parseJsonObject,
} from "./json.ts";
export * from "./manifest.ts";
export * from "./media-type.ts";
export * from "./parse-config.ts";
export * from "./parse-descriptor.ts";
export * from "./parse-manifest.ts";
export * from "./platform.ts";
export * from "./reference.ts";
export * from "./repository-pattern.ts";
