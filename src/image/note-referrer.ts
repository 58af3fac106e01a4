import type { CallOptions, RegistryClient } from "../distribution/mod.ts";
import { isKasaneError } from "../lib/mod.ts";
import {
  type Descriptor,
  encodeManifest,
  type ImageIndex,
  mediaTypes,
  parseManifest,
  type RawManifest,
} from "../oci/mod.ts";

/**
 * Where a registry does not keep referrers by itself, whoever pushes one keeps the list: an index under a tag made of the subject's digest
 * (distribution-spec, "Referrers Tag Schema"). Two who do so at the same moment may lose one of the two, which the specification knows.
 */
export async function noteReferrer(
  client: RegistryClient,
  repository: string,
  raw: RawManifest,
  options: CallOptions,
): Promise<void> {
  const manifest = parseManifest(raw.bytes, raw.mediaType);
  if (!manifest.subject) return;
  const tag = manifest.subject.digest.replace(":", "-").slice(0, 128);
  const before = await readList(client, repository, tag, options);
  if (before.manifests.some(({ digest }) => digest === raw.digest)) return;
  const { annotations } = manifest;
  const artifactType =
    manifest.artifactType ?? (manifest.kind === "manifest" ? manifest.config.mediaType : undefined);
  const added: Descriptor = {
    mediaType: raw.mediaType,
    digest: raw.digest,
    size: raw.bytes.length,
    ...(annotations && { annotations }),
    ...(artifactType !== undefined && { artifactType }),
  };
  const list = encodeManifest({ ...before, manifests: [...before.manifests, added] });
  await client.putManifest(repository, tag, list, options);
}

async function readList(
  client: RegistryClient,
  repository: string,
  tag: string,
  options: CallOptions,
): Promise<ImageIndex> {
  try {
    const { bytes, mediaType } = await client.getManifest(repository, tag, options);
    const list = parseManifest(bytes, mediaType);
    if (list.kind === "index") return list;
  } catch (error) {
    if (!isKasaneError(error, "not-found")) throw error;
  }
  return { kind: "index", mediaType: mediaTypes.ociIndex, manifests: [] };
}
