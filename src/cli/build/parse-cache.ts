import { ArgumentError, splitCsv } from "../../dockerfile/mod.ts";
import { didYouMean, KasaneError } from "../../lib/mod.ts";

/** `--cache-from`, understood. */
export type CacheFromSpec =
  | { readonly kind: "registry"; readonly reference: string; readonly isImage: boolean }
  | { readonly kind: "local"; readonly directory: string; readonly tag: string };

interface CacheToCommon {
  readonly mode: "min" | "max";
  readonly ignoreError: boolean;
  readonly hasMounts: boolean;
}

/** `--cache-to`, understood. */
export type CacheToSpec =
  | { readonly kind: "inline" }
  | ({ readonly kind: "registry"; readonly reference: string } & CacheToCommon)
  | ({ readonly kind: "local"; readonly directory: string; readonly tag: string } & CacheToCommon);

const fromKeys = ["type", "ref", "src", "tag"];
const toKeys = ["type", "ref", "dest", "tag", "mode", "ignore-error", "mounts"];
/** BuildKit's, without a meaning here: layers go as they are, and the artifact has one form. */
const ignoredKeys = [
  "image-manifest",
  "oci-mediatypes",
  "oci-artifact",
  "compression",
  "compression-level",
  "force-compression",
  "reset",
  "digest",
];
const types = ["registry", "local", "inline"];

/** An image alone is meant as docker has it: one that carries its own cache. @throws KasaneError `usage` */
export function parseCacheFrom(text: string): CacheFromSpec[] {
  if (!text.includes("=")) {
    return text
      .split(",")
      .map((reference) => ({ kind: "registry", reference: reference.trim(), isImage: true }));
  }
  const values = read(text, "--cache-from", fromKeys);
  const type = values.get("type") ?? "registry";
  if (type === "local") {
    return [{ kind: "local", directory: need(values, "src"), tag: values.get("tag") ?? "latest" }];
  }
  if (type !== "registry") throw unknownType(type, ["registry", "local"]);
  return [{ kind: "registry", reference: need(values, "ref"), isImage: false }];
}

/** @throws KasaneError `usage` */
export function parseCacheTo(text: string): CacheToSpec {
  const values = text.includes("=")
    ? read(text, "--cache-to", toKeys)
    : new Map(text === "inline" ? [["type", "inline"]] : [["ref", text]]);
  const type = values.get("type") ?? "registry";
  if (type === "inline") return { kind: "inline" };
  const common = {
    mode: modeOf(values.get("mode") ?? "min"),
    ignoreError: isTrue(values, "ignore-error"),
    hasMounts: isTrue(values, "mounts"),
  };
  if (type === "local") {
    return {
      kind: "local",
      directory: need(values, "dest"),
      tag: values.get("tag") ?? "latest",
      ...common,
    };
  }
  if (type !== "registry") throw unknownType(type, types);
  return { kind: "registry", reference: need(values, "ref"), ...common };
}

function read(text: string, flag: string, known: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const field of fieldsOf(text, flag)) {
    const equals = field.indexOf("=");
    const key = (equals < 0 ? field : field.slice(0, equals)).trim().toLowerCase();
    if (equals < 0 || !known.includes(key)) {
      if (equals >= 0 && ignoredKeys.includes(key)) {
        if (key === "compression") checkCompression(field.slice(equals + 1), flag);
        continue;
      }
      throw new KasaneError("usage", `${flag} does not know ${JSON.stringify(field)}`, {
        hint: didYouMean(key, known) ?? `write ${known.map((name) => `${name}=…`).join(", ")}`,
      });
    }
    values.set(key, field.slice(equals + 1));
  }
  return values;
}

/** BuildKit's, though layers go as they are. */
const compressions = ["uncompressed", "gzip", "estargz", "zstd"];

function checkCompression(text: string, flag: string): void {
  if (compressions.includes(text)) return;
  throw new KasaneError("usage", `${flag}: there is no compression ${JSON.stringify(text)}`, {
    hint: didYouMean(text, compressions) ?? "layers go as the build made them: leave it out",
  });
}

function fieldsOf(text: string, flag: string): string[] {
  try {
    return splitCsv(text);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new KasaneError("usage", `${flag}: ${error.message}`, {
      hint: "write it like type=local,src=DIR",
      cause: error,
    });
  }
}

function need(values: ReadonlyMap<string, string>, key: "src" | "dest" | "ref"): string {
  const value = values.get(key);
  if (value) return value;
  const missing = {
    src: "--cache-from type=local needs src=DIR",
    dest: "--cache-to type=local needs dest=DIR",
    ref: "a cache in a registry needs ref=NAME",
  };
  throw new KasaneError("usage", missing[key], {
    hint: "write type=registry,ref=NAME; or type=local with src=DIR or dest=DIR",
  });
}

function unknownType(type: string, known: readonly string[]): KasaneError {
  return new KasaneError("usage", `there is no type of cache ${JSON.stringify(type)}`, {
    hint: didYouMean(type, known) ?? `the types are ${known.join(", ")}`,
  });
}

function modeOf(text: string): "min" | "max" {
  if (text === "min" || text === "max") return text;
  throw new KasaneError("usage", `--cache-to: the mode is min or max, not ${JSON.stringify(text)}`, {
    hint: "mode=max has every step, mode=min those of the result",
  });
}

function isTrue(values: ReadonlyMap<string, string>, key: string): boolean {
  const text = values.get(key) ?? "false";
  if (/^(true|1)$/i.test(text)) return true;
  if (/^(false|0)$/i.test(text)) return false;
  throw new KasaneError("usage", `--cache-to: ${JSON.stringify(text)} is neither true nor false`, {
    hint: "write ignore-error=true or mounts=true, or leave it out",
  });
}
