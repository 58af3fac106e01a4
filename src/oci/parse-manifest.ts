import { KasaneError } from "../lib/errors.ts";
import { type Digest, digestAlgorithm, digestOf } from "./digest.ts";
import { isJsonObject, parseJsonObject } from "./json.ts";
import type { Manifest, RawManifest } from "./manifest.ts";
import { bareMediaType, isIndexType, isManifestType, mediaTypes } from "./media-type.ts";
import { readAnnotations, readDescriptor } from "./parse-descriptor.ts";

/** Largest manifest Kasane reads: the specification asks registries to take at least 4 MiB. */
export const manifestLimitBytes = 8 * 1024 * 1024;
/** Most layers of a manifest, and most children of an index. */
export const manifestLimitEntries = 65_536;
/** Deepest nesting of JSON in a manifest; a valid one of known fields has 5 levels. */
export const manifestLimitDepth = 32;

const knownKeys = new Map(
  ["schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "subject"].map((key) => [
    key.toLowerCase(),
    key,
  ]),
);

/**
 * Checks and reads manifest bytes of any of the four types. `mediaType` is the one the transport gave; where absent,
 * the `mediaType` field or the shape decides. Refuses a manifest with both `manifests` and `layers` (CVE-2021-41190),
 * a transport that contradicts the `mediaType` field, keys named twice, and known keys in another case (Go reads them
 * as the known ones).
 * @throws KasaneError `invalid-manifest`, `limit-exceeded`, `unsupported` (Docker schema 1 and unknown types)
 */
export function parseManifest(bytes: Uint8Array, mediaType?: string): Manifest {
  const { value: document } = parseJsonObject(bytes, {
    what: "manifest",
    code: "invalid-manifest",
    maxBytes: manifestLimitBytes,
    maxDepth: manifestLimitDepth,
    uniqueKeys: true,
  });
  for (const key of Object.keys(document)) {
    const known = knownKeys.get(key.toLowerCase()) ?? key;
    if (known !== key) throw invalid(`is ambiguous: it has the key ${JSON.stringify(key)}`);
  }
  const type = manifestType(document, mediaType);
  if (document.schemaVersion !== 2) throw invalid("has no schemaVersion 2");

  const artifactType = document.artifactType;
  if (artifactType !== undefined && typeof artifactType !== "string")
    throw invalid("has an artifactType that is not a string");
  const annotations = readAnnotations(document.annotations, "annotations");
  const subject = document.subject == null ? undefined : readDescriptor(document.subject, "subject");
  const shared = {
    mediaType: type,
    ...(artifactType ? { artifactType } : {}),
    ...(subject ? { subject } : {}),
    ...(annotations ? { annotations } : {}),
  };
  if (isIndexType(type)) {
    if ("layers" in document || "config" in document || "fsLayers" in document) {
      throw invalid("is ambiguous: an index with layers or config");
    }
    const manifests = readList(document.manifests, "manifests");
    return { kind: "index", ...shared, manifests };
  }
  if ("manifests" in document || "fsLayers" in document) {
    throw invalid("is ambiguous: an image manifest with manifests or fsLayers");
  }
  if (!isJsonObject(document.config)) throw invalid("has no config");
  return {
    kind: "manifest",
    ...shared,
    config: readDescriptor(document.config, "config"),
    layers: readList(document.layers, "layers"),
  };
}

/** parseManifest() and the digest of the bytes; with `expected`, @throws KasaneError `digest-mismatch`. */
export function rawManifest(bytes: Uint8Array, mediaType?: string, expected?: Digest): RawManifest {
  const digest = digestOf(bytes, expected ? digestAlgorithm(expected) : "sha256");
  if (expected && digest !== expected) {
    throw new KasaneError("digest-mismatch", `manifest ${expected} arrived as ${digest}`);
  }
  return { digest, mediaType: parseManifest(bytes, mediaType).mediaType, bytes };
}

function manifestType(document: Record<string, unknown>, transportType: string | undefined): string {
  const field = document.mediaType;
  if (field !== undefined && typeof field !== "string") throw invalid("has a mediaType that is not a string");
  const transport = transportType === undefined ? undefined : bareMediaType(transportType);
  if (
    document.schemaVersion === 1 ||
    "signatures" in document ||
    [field, transport].some((type) =>
      /^application\/vnd\.docker\.distribution\.manifest\.v1\+/.test(type ?? ""),
    )
  ) {
    throw new KasaneError("unsupported", "manifest is of Docker's schema 1, which Kasane does not read", {
      hint: "pull and push the image once with a current Docker to convert it",
    });
  }
  // Servers of plain files say these for every file.
  const generic = ["application/json", "text/plain", mediaTypes.octetStream, "", undefined];
  const said = generic.includes(transport) ? undefined : transport;
  if (said && field && said !== field) {
    throw invalid(`is ambiguous: it says ${quote(field)} and was sent as ${quote(said)}`);
  }
  const type = field || said;
  if (!type) {
    const isIndex = "manifests" in document;
    if (!isIndex && !("layers" in document)) throw invalid("is neither an image manifest nor an index");
    return isIndex ? mediaTypes.ociIndex : mediaTypes.ociManifest;
  }
  if (isIndexType(type) || isManifestType(type)) return type;
  throw new KasaneError("unsupported", `manifest has the unknown media type ${quote(type)}`, {
    hint: "Kasane reads OCI and Docker schema 2 manifests and indexes",
  });
}

function readList(value: unknown, where: string) {
  // Go writes null for an empty list.
  if (value === null) return [];
  if (!Array.isArray(value)) throw invalid(`has no list ${where}`);
  if (value.length > manifestLimitEntries) {
    throw new KasaneError(
      "limit-exceeded",
      `manifest has ${value.length} ${where}, more than the limit of ${manifestLimitEntries}`,
    );
  }
  return value.map((each, index) => readDescriptor(each, `${where}[${index}]`));
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 160));
}

function invalid(reason: string): KasaneError {
  return new KasaneError("invalid-manifest", `manifest ${reason}`);
}
