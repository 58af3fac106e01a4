import { KasaneError } from "../lib/errors.ts";
import type { ImageConfig, RuntimeConfig } from "./config.ts";
import { isDigest } from "./digest.ts";
import { isJsonObject, type JsonObject, parseJsonObject } from "./json.ts";

export const configLimitBytes = 8 * 1024 * 1024;
/** Most layers, and most history entries, of one image. */
export const configLimitEntries = 16_384;
export const configLimitDepth = 64;

/**
 * Reads an image config. The types of known fields are checked; unknown fields stay as they are. `null` (Go's empty list
 * or map) counts as absent, except where the type says null. Absent `architecture` and `os` become "".
 * @throws KasaneError `invalid-config`, `limit-exceeded`
 */
export function parseConfig(bytes: Uint8Array): ImageConfig {
  return parseConfigText(bytes).config;
}

/** parseConfig() with the document's text, which encodeConfig() copies from. */
export function parseConfigText(bytes: Uint8Array): JsonObject & { config: ImageConfig } {
  const document = parseJsonObject(bytes, {
    what: "image config",
    code: "invalid-config",
    maxBytes: configLimitBytes,
    maxDepth: configLimitDepth,
    uniqueKeys: false,
  });
  const config = { ...document.value };
  for (const key of ["created", "author", "architecture", "os", "variant", "os.version"]) {
    checkField(config, key, isString, "a string");
  }
  checkField(config, "os.features", isStrings, "a list of strings");
  config.architecture ??= "";
  config.os ??= "";

  const rootfs = config.rootfs;
  if (!isJsonObject(rootfs) || rootfs.type !== "layers") throw invalid('has no rootfs of type "layers"');
  const diffIds = rootfs.diff_ids ?? [];
  if (!Array.isArray(diffIds) || !diffIds.every((each) => typeof each === "string" && isDigest(each))) {
    throw invalid("has a rootfs.diff_ids that is not a list of digests");
  }
  checkCount(diffIds, "layers");
  config.rootfs = { ...rootfs, diff_ids: diffIds };

  checkField(
    config,
    "history",
    (value) => Array.isArray(value) && value.every(isJsonObject),
    "a list of objects",
  );
  if (Array.isArray(config.history)) {
    checkCount(config.history, "history entries");
    config.history = config.history.map(readHistoryEntry);
  }
  checkField(config, "config", isJsonObject, "an object");
  if (isJsonObject(config.config)) config.config = readRuntimeConfig(config.config);
  return { ...document, config: config as unknown as ImageConfig };
}

function readHistoryEntry(value: Record<string, unknown>): Record<string, unknown> {
  const entry = { ...value };
  for (const key of ["created", "created_by", "author", "comment"]) {
    checkField(entry, key, isString, "a string", "history: ");
  }
  checkField(entry, "empty_layer", (each) => typeof each === "boolean", "true or false", "history: ");
  return entry;
}

function readRuntimeConfig(value: Record<string, unknown>): RuntimeConfig {
  const config = { ...value };
  const where = "config.";
  for (const key of ["User", "WorkingDir", "StopSignal"])
    checkField(config, key, isString, "a string", where);
  for (const key of ["Env", "Shell"]) checkField(config, key, isStrings, "a list of strings", where);
  for (const key of ["Entrypoint", "Cmd", "OnBuild"]) {
    // Docker has always read a lone string as a list of one.
    if (typeof config[key] === "string") config[key] = [config[key]];
    checkNullable(config, key, isStrings, "a list of strings");
  }
  checkField(config, "ExposedPorts", isJsonObject, "an object", where);
  checkNullable(config, "Volumes", isJsonObject, "an object");
  checkNullable(
    config,
    "Labels",
    (each) => isJsonObject(each) && Object.values(each).every(isString),
    "an object of strings",
  );
  checkField(config, "ArgsEscaped", (each) => typeof each === "boolean", "true or false", where);
  checkField(config, "Healthcheck", isJsonObject, "an object", where);
  if (isJsonObject(config.Healthcheck)) {
    const check = { ...config.Healthcheck };
    checkField(check, "Test", isStrings, "a list of strings", "config.Healthcheck.");
    for (const key of ["Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"]) {
      checkField(check, key, (each) => typeof each === "number", "a number", "config.Healthcheck.");
    }
    config.Healthcheck = check;
  }
  return config as RuntimeConfig;
}

function checkField(
  holder: Record<string, unknown>,
  key: string,
  accepts: (value: unknown) => boolean,
  expected: string,
  where = "",
): void {
  if (holder[key] === null) delete holder[key];
  if (holder[key] !== undefined && !accepts(holder[key]))
    throw invalid(`has a ${where}${key} that is not ${expected}`);
}

function checkNullable(
  holder: Record<string, unknown>,
  key: string,
  accepts: (value: unknown) => boolean,
  expected: string,
): void {
  if (holder[key] != null && !accepts(holder[key]))
    throw invalid(`has a config.${key} that is not ${expected}`);
}

function checkCount(list: readonly unknown[], what: string): void {
  if (list.length <= configLimitEntries) return;
  throw new KasaneError(
    "limit-exceeded",
    `image config has ${list.length} ${what}, more than the limit of ${configLimitEntries}`,
  );
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every(isString);
}

function invalid(reason: string): KasaneError {
  return new KasaneError("invalid-config", `image config ${reason}`);
}
