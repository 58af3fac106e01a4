import { KasaneError } from "../lib/mod.ts";
import {
  type Descriptor,
  digestAlgorithm,
  digestOf,
  type ImageIndex,
  type ImageManifest,
  parseManifest,
  type RawManifest,
} from "../oci/mod.ts";
import type { ImageSource } from "./source.ts";

/** Deepest nesting of indexes. */
export const indexLimitDepth = 8;

/** A manifest with what its bytes say. */
export interface ReadManifest<T = ImageManifest | ImageIndex> {
  readonly raw: RawManifest;
  readonly manifest: T;
}

/** The source's root, its bytes checked against its digest. @throws KasaneError `digest-mismatch`, `invalid-manifest` */
export async function readRoot(source: ImageSource): Promise<ReadManifest> {
  return checked(await source.root());
}

/** The child of an index that `descriptor` stands for, checked. @throws KasaneError `not-found`, `digest-mismatch`, `invalid-manifest` */
export async function readChild(source: ImageSource, descriptor: Descriptor): Promise<ReadManifest> {
  const raw = await source.manifest(descriptor.digest);
  if (raw.digest !== descriptor.digest || raw.bytes.length !== descriptor.size) {
    throw new KasaneError(
      "digest-mismatch",
      `manifest ${descriptor.digest} of ${descriptor.size} bytes arrived as ${raw.digest} of ${raw.bytes.length} bytes`,
    );
  }
  // The parent's word for the type counts: with another one the same bytes could mean something else.
  return checked({ ...raw, mediaType: descriptor.mediaType });
}

function checked(raw: RawManifest): ReadManifest {
  const digest = digestOf(raw.bytes, digestAlgorithm(raw.digest));
  if (digest !== raw.digest) {
    throw new KasaneError("digest-mismatch", `manifest ${raw.digest} has bytes of the digest ${digest}`);
  }
  return { raw, manifest: parseManifest(raw.bytes, raw.mediaType) };
}
