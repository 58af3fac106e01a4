import { isKasaneError } from "../lib/errors.ts";
import type { ImageFacts, ManifestRecord } from "../meta/mod.ts";
import { imageChildren } from "../oci/image-children.ts";
import { isImageConfigType, isIndexType } from "../oci/media-type.ts";
import type { Digest, ImageConfig } from "../oci/mod.ts";
import { type Platform, platformOf } from "../oci/platform.ts";
import { readConfig } from "./read-config.ts";
import type { ReadParts } from "./store-parts.ts";

/** The facts of the image manifests below `target` that are in the store, from their configs. */
export async function findFacts(parts: ReadParts, target: Digest): Promise<ImageFacts[]> {
  const seen = new Set<Digest>();
  const below = async (digest: Digest, described?: Platform): Promise<ImageFacts[]> => {
    if (seen.has(digest)) return [];
    seen.add(digest);
    const record = await parts.meta.manifests.get(digest);
    if (!record) return [];
    if (!isIndexType(record.mediaType)) return factsOf(parts, record, described);
    const facts: ImageFacts[] = [];
    for (const child of imageChildren({ manifests: record.children })) {
      facts.push(...(await below(child.digest, child.platform)));
    }
    return facts;
  };
  return below(target);
}

async function factsOf(
  parts: ReadParts,
  record: ManifestRecord,
  described: Platform | undefined,
): Promise<ImageFacts[]> {
  if (!record.config) return [];
  const config = await tolerantConfig(parts, record.config, record.artifactType);
  const createdAtMs = Date.parse(config?.created ?? "");
  let contentSizeBytes = 0;
  for (const layer of record.layers) {
    contentSizeBytes += (await parts.meta.layers.byBlob(layer.digest))?.contentSizeBytes ?? 0;
  }
  const platform = described ?? (config ? platformOf(config) : { os: "unknown", architecture: "unknown" });
  return [
    {
      manifest: record.digest,
      id: record.config.digest,
      platform,
      ...(!Number.isNaN(createdAtMs) && { createdAtMs }),
      contentSizeBytes,
      labels: config?.config?.Labels ?? {},
    },
  ];
}

/** An artifact has none of an image's, and a list must not fail for one that is damaged. */
async function tolerantConfig(
  parts: ReadParts,
  config: NonNullable<ManifestRecord["config"]>,
  artifactType: string | undefined,
): Promise<ImageConfig | undefined> {
  if (!isImageConfigType(config.mediaType)) return undefined;
  try {
    return await readConfig(parts, { config, ...(artifactType !== undefined && { artifactType }) });
  } catch (error) {
    if (isKasaneError(error)) return undefined;
    throw error;
  }
}
