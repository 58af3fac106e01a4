import { KasaneError } from "../lib/errors.ts";
import type { Annotations, Descriptor, PlatformFields } from "./descriptor.ts";
import { isDigest } from "./digest.ts";
import { isJsonObject } from "./json.ts";

/**
 * A descriptor out of parsed JSON. `where` names it in messages: `layers[3]`.
 * @throws KasaneError `invalid-manifest`
 */
export function readDescriptor(value: unknown, where: string): Descriptor {
  if (!isJsonObject(value)) throw invalid(where, "is not an object");
  const { mediaType, digest, size, urls, annotations, data, artifactType, platform } = value;
  if (typeof mediaType !== "string" || !/^[\x21-\x7e][\x20-\x7e]{0,511}$/.test(mediaType)) {
    throw invalid(where, "has no valid mediaType");
  }
  if (typeof digest !== "string" || !isDigest(digest)) throw invalid(where, "has no valid digest");
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(where, "has no valid size");
  }
  const readUrls = readStrings(urls, `${where}.urls`);
  const readData = readString(data, `${where}.data`);
  const readArtifactType = readString(artifactType, `${where}.artifactType`);
  const readMap = readAnnotations(annotations, `${where}.annotations`);
  const readPlatform = readPlatformFields(platform, `${where}.platform`);
  return {
    mediaType,
    digest,
    size,
    ...(readUrls ? { urls: readUrls } : {}),
    ...(readMap ? { annotations: readMap } : {}),
    ...(readData !== undefined ? { data: readData } : {}),
    ...(readArtifactType ? { artifactType: readArtifactType } : {}),
    ...(readPlatform ? { platform: readPlatform } : {}),
  };
}

/** @throws KasaneError `invalid-manifest` */
export function readAnnotations(value: unknown, where: string): Annotations | undefined {
  if (value == null) return undefined;
  if (!isJsonObject(value) || !Object.values(value).every((each) => typeof each === "string")) {
    throw invalid(where, "is not an object of strings");
  }
  return value as Annotations;
}

/** Absent `architecture` and `os` become "", which matches no platform. */
function readPlatformFields(value: unknown, where: string): PlatformFields | undefined {
  if (value == null) return undefined;
  if (!isJsonObject(value)) throw invalid(where, "is not an object");
  const variant = readString(value.variant, `${where}.variant`);
  const version = readString(value["os.version"], `${where}.os.version`);
  const features = readStrings(value["os.features"], `${where}.os.features`);
  return {
    architecture: readString(value.architecture, `${where}.architecture`) ?? "",
    os: readString(value.os, `${where}.os`) ?? "",
    ...(variant ? { variant } : {}),
    ...(version ? { "os.version": version } : {}),
    ...(features ? { "os.features": features } : {}),
  };
}

function readString(value: unknown, where: string): string | undefined {
  if (value == null) return undefined;
  if (typeof value !== "string") throw invalid(where, "is not a string");
  return value;
}

function readStrings(value: unknown, where: string): readonly string[] | undefined {
  if (value == null) return undefined;
  if (!Array.isArray(value) || !value.every((each) => typeof each === "string")) {
    throw invalid(where, "is not a list of strings");
  }
  return value as string[];
}

function invalid(where: string, reason: string): KasaneError {
  return new KasaneError("invalid-manifest", `manifest is not valid: ${where} ${reason}`);
}
