import type { Manifest, RawManifest } from "../oci/mod.ts";
import type { ManifestRecord } from "./meta.ts";

/** The manifest's row: what it refers to, beside its bytes. */
export function manifestRecord(raw: RawManifest, manifest: Manifest): ManifestRecord {
  const { artifactType, subject, annotations } = manifest;
  const isIndex = manifest.kind === "index";
  return {
    digest: raw.digest,
    mediaType: raw.mediaType,
    bytes: raw.bytes,
    ...(artifactType !== undefined && { artifactType }),
    ...(subject && { subject: subject.digest }),
    ...(annotations && { annotations }),
    ...(!isIndex && { config: manifest.config }),
    layers: isIndex ? [] : manifest.layers,
    children: isIndex ? manifest.manifests : [],
  };
}
