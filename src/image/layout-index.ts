import { isKasaneError, KasaneError } from "../lib/mod.ts";
import {
  type Descriptor,
  type Digest,
  formatReference,
  type ImageIndex,
  isIndexType,
  isManifestType,
  mediaTypes,
  parseJsonObject,
  parseManifest,
  parseReference,
} from "../oci/mod.ts";

export const layoutVersion = "1.0.0";
/** The image-spec's name inside a layout, mostly a tag. */
export const refNameAnnotation = "org.opencontainers.image.ref.name";
/** containerd's, BuildKit's and Docker's full name. */
export const imageNameAnnotation = "io.containerd.image.name";
/** containerd's mark of a referrer that was exported beside its image. */
export const subjectAnnotation = "io.containerd.manifest.subject";

/** One image of an `index.json`, with everything it is called there. */
export interface LayoutEntry {
  readonly descriptor: Descriptor;
  /** Canonical names with tag, in order of appearance. */
  readonly names: readonly string[];
  /** The `ref.name` annotations as they stand. */
  readonly refNames: readonly string[];
}

/** @throws KasaneError `invalid-archive` for another version than 1.x */
export function checkLayoutVersion(bytes: Uint8Array): void {
  const { value } = parseJsonObject(bytes, {
    what: "oci-layout",
    code: "invalid-archive",
    maxBytes: 64 * 1024,
    maxDepth: 16,
    uniqueKeys: false,
  });
  const version = value.imageLayoutVersion;
  if (typeof version === "string" && /^1\.\d+\.\d+/.test(version)) return;
  throw new KasaneError(
    "invalid-archive",
    `oci-layout has the version ${JSON.stringify(version)}, not 1.0.0`,
  );
}

/** @throws KasaneError `invalid-archive`, `limit-exceeded` */
export function parseLayoutIndex(bytes: Uint8Array): ImageIndex {
  try {
    const index = parseManifest(bytes, mediaTypes.ociIndex);
    if (index.kind === "index") return index;
  } catch (error) {
    if (!isKasaneError(error, "invalid-manifest")) throw error;
    throw new KasaneError("invalid-archive", `index.json is not valid: ${error.message}`, { cause: error });
  }
  throw new KasaneError("invalid-archive", "index.json is not an image index");
}

/** The images of an `index.json`, one for each digest. Referrers that lie beside their image are left out. */
export function layoutEntries(index: ImageIndex): LayoutEntry[] {
  const entries = new Map<Digest, { descriptor: Descriptor; names: string[]; refNames: string[] }>();
  for (const descriptor of index.manifests) {
    const { mediaType, digest, annotations = {} } = descriptor;
    if (!isManifestType(mediaType) && !isIndexType(mediaType)) continue;
    if (annotations[subjectAnnotation] !== undefined) continue;
    const entry = entries.get(digest) ?? { descriptor, names: [], refNames: [] };
    entries.set(digest, entry);
    const refName = annotations[refNameAnnotation];
    if (refName && !entry.refNames.includes(refName)) entry.refNames.push(refName);
    const name = canonicalName(annotations[imageNameAnnotation]) ?? fullRefName(refName);
    if (name && !entry.names.includes(name)) entry.names.push(name);
  }
  return [...entries.values()];
}

/** podman and skopeo write a full name there, everybody else a tag. */
function fullRefName(refName: string | undefined): string | undefined {
  return refName && /[/:]/.test(refName) ? canonicalName(refName) : undefined;
}

/** The canonical form with tag; undefined for what is no such name. Names by digest name nothing that could be kept. */
function canonicalName(text: string | undefined): string | undefined {
  if (!text) return undefined;
  try {
    const { digest, tag, ...name } = parseReference(text);
    if (digest && !tag) return undefined;
    return formatReference({ ...name, tag: tag ?? "latest" });
  } catch (error) {
    if (isKasaneError(error, "invalid-reference")) return undefined;
    throw error;
  }
}

/**
 * The entry `ref` stands for: a ref.name, a full image name, or a digest after `@`; without `ref` the only one.
 * @throws KasaneError `not-found`; `conflict` when there are several and no `ref`
 */
export function findLayoutEntry(
  entries: readonly LayoutEntry[],
  ref: string | undefined,
  place: string,
): LayoutEntry {
  const there = entries.flatMap(({ descriptor, refNames }) =>
    refNames.length > 0 ? refNames : [`@${descriptor.digest}`],
  );
  const hint = there.length > 0 ? `it has ${there.slice(0, 20).join(", ")}` : "it has no image at all";
  if (ref === undefined) {
    if (entries.length === 1) return entries[0]!;
    const code = entries.length === 0 ? "not-found" : "conflict";
    const count = entries.length === 0 ? "no image" : `${entries.length} images`;
    throw new KasaneError(code, `${place} has ${count}: name the one you mean`, { hint });
  }
  const canonical = canonicalName(ref);
  const found =
    entries.find((entry) => entry.refNames.includes(ref) || `@${entry.descriptor.digest}` === ref) ??
    entries.find((entry) => canonical && entry.names.includes(canonical));
  if (found) return found;
  throw new KasaneError("not-found", `${place} has no image ${JSON.stringify(ref)}`, { hint });
}
