import { isKasaneError } from "../../lib/mod.ts";
import { type Descriptor, type Digest, digestOf, mediaTypes } from "../../oci/mod.ts";
import type { ManifestRecord, Meta } from "../meta.ts";

/** One fresh database for one test. */
export interface MetaFixture {
  readonly meta: Meta;
  dispose(): Promise<void>;
}

export const digest = (text: string): Digest => digestOf(text);

const descriptor = (text: string, mediaType: string = mediaTypes.ociLayerGzip): Descriptor => ({
  mediaType,
  digest: digest(text),
  size: text.length,
});

/** A manifest called `name` with the named layers, children and subject. */
export function manifestRecord(
  name: string,
  parts: {
    config?: string;
    layers?: string[];
    children?: string[];
    subject?: string;
    artifactType?: string;
  } = {},
): ManifestRecord {
  return {
    digest: digest(name),
    mediaType: parts.children ? mediaTypes.ociIndex : mediaTypes.ociManifest,
    bytes: new TextEncoder().encode(name),
    ...(parts.artifactType !== undefined && { artifactType: parts.artifactType }),
    ...(parts.subject !== undefined && { subject: digest(parts.subject) }),
    ...(parts.config !== undefined && { config: descriptor(parts.config, mediaTypes.ociConfig) }),
    layers: (parts.layers ?? []).map((layer) => descriptor(layer)),
    children: (parts.children ?? []).map((child) => descriptor(child, mediaTypes.ociManifest)),
  };
}

export const sorted = (...names: string[]): Digest[] => names.map(digest).toSorted();

/** The code a call fails with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return isKasaneError(error) ? error.code : String(error);
  }
  return "no error";
}

/** Removes a local image with all its names. */
export async function removeImage(meta: Pick<Meta, "images">, image: string): Promise<void> {
  const target = digest(image);
  const { names = [], repoDigests = [] } = (await meta.images.byTarget(target)) ?? {};
  await meta.images.remove({ target, names: [...names, ...repoDigests], deleteUnnamed: true });
}
