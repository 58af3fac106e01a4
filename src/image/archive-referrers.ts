import { isKasaneError } from "../lib/mod.ts";
import { type Descriptor, type Digest, type ImageIndex, isIndexType, isManifestType } from "../oci/mod.ts";
import { subjectAnnotation } from "./layout-index.ts";
import { readRoot } from "./manifest-tree.ts";
import type { ImageSource } from "./source.ts";

/** An artifact about an image of the same archive: a signature, an SBOM. */
export interface ArchiveReferrer {
  readonly source: ImageSource;
  readonly digest: Digest;
  /** What it is about. */
  readonly subject: Descriptor;
}

/** Most of them in one archive. */
const referrersLimit = 1000;

/** regclient's place for them, which is the specification's for registries without a list of referrers: an index under `sha256-…`. */
const fallbackTag = /^sha(?:256|512)-[0-9a-f]+$/;

interface Unnamed {
  readonly source: ImageSource;
  readonly names: readonly string[];
  readonly refNames: readonly string[];
}

/**
 * Tells images from what refers to them. A layout has referrers as entries without a name (oras), with containerd's mark, or below an index
 * of their own (regclient); what has a name of its own is an image, whatever it refers to.
 */
export async function splitReferrers<T extends Unnamed>(
  entries: readonly T[],
  index: ImageIndex,
  sourceOf: (descriptor: ImageIndex["manifests"][number]) => ImageSource,
): Promise<{ images: T[]; referrers: ArchiveReferrer[] }> {
  const images: T[] = [];
  const referrers = new Map<Digest, ArchiveReferrer>();
  const add = async (source: ImageSource): Promise<boolean> => {
    const found = await referrerOf(source);
    if (found === undefined) return false;
    if (referrers.has(found.digest) || referrers.size >= referrersLimit) return true;
    referrers.set(found.digest, found);
    // What it is about may be an artifact again, which nothing else names: oras lists the outermost only.
    await add(sourceOf(found.subject));
    return true;
  };
  for (const entry of entries) {
    const isFallback = entry.refNames.length > 0 && entry.refNames.every((name) => fallbackTag.test(name));
    const isUnnamed = entry.names.length === 0 && (entry.refNames.length === 0 || isFallback);
    if (!isUnnamed) images.push(entry);
    else if (isFallback) {
      const children = await childrenOf(entry.source);
      const found = await Promise.all(children.slice(0, referrersLimit).map((child) => add(sourceOf(child))));
      // Somebody's tag that only looks so.
      if (!found.includes(true)) images.push(entry);
    } else if (!(await add(entry.source))) images.push(entry);
  }
  for (const descriptor of index.manifests) {
    const { mediaType, annotations = {} } = descriptor;
    const isMarked = annotations[subjectAnnotation] !== undefined;
    if (isMarked && (isManifestType(mediaType) || isIndexType(mediaType))) await add(sourceOf(descriptor));
  }
  return { images, referrers: [...referrers.values()] };
}

async function referrerOf(source: ImageSource): Promise<ArchiveReferrer | undefined> {
  try {
    const { raw, manifest } = await readRoot(source);
    const { subject } = manifest;
    return subject && { source, digest: raw.digest, subject };
  } catch (error) {
    // Whoever copies it hears about it.
    if (isKasaneError(error)) return undefined;
    throw error;
  }
}

async function childrenOf(source: ImageSource): Promise<ImageIndex["manifests"]> {
  try {
    const { manifest } = await readRoot(source);
    return manifest.kind === "index" ? manifest.manifests : [];
  } catch (error) {
    if (isKasaneError(error)) return [];
    throw error;
  }
}
