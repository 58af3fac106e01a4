import { KasaneError } from "../../lib/mod.ts";
import type { ManifestRecord } from "../../meta/mod.ts";
import { digestAlgorithm, digestOf, manifestLimitBytes, parseManifest } from "../../oci/mod.ts";
import { readBounded, type SourceManifest } from "./source-store.ts";

/**
 * A manifest from its file, checked, with what it refers to.
 * @throws KasaneError `digest-mismatch`, `invalid-manifest`, `unsupported`, `limit-exceeded`; and what the file system says
 */
export async function readManifest(
  path: string,
  { digest, mediaType }: SourceManifest,
): Promise<ManifestRecord> {
  const bytes = await readBounded(path, manifestLimitBytes);
  const actual = digestOf(bytes, digestAlgorithm(digest));
  if (actual !== digest) {
    throw new KasaneError("digest-mismatch", `its ${bytes.length} bytes have digest ${actual}`);
  }
  const manifest = parseManifest(bytes, mediaType);
  return {
    digest,
    mediaType: manifest.mediaType,
    bytes,
    ...(manifest.artifactType !== undefined && { artifactType: manifest.artifactType }),
    ...(manifest.subject && { subject: manifest.subject.digest }),
    ...(manifest.annotations && { annotations: manifest.annotations }),
    ...(manifest.kind === "manifest"
      ? { config: manifest.config, layers: manifest.layers, children: [] }
      : { layers: [], children: manifest.manifests }),
  };
}
