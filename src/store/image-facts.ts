import { isKasaneError } from "../lib/mod.ts";
import type { IdMatch, ImageFacts, ImageRecord, ManifestRecord } from "../meta/mod.ts";
import {
  type Digest,
  hostPlatform,
  type ImageConfig,
  imageChildren,
  isImageConfigType,
  isIndexType,
  type Platform,
  platformOf,
  selectPlatform,
} from "../oci/mod.ts";
import { readConfig } from "./read-config.ts";
import type { ReadParts } from "./store-parts.ts";

/** What lists tell of an image: nothing of it is opened for that. */
export interface ImageSummary extends ImageFacts {
  readonly record: ImageRecord;
  /** Every platform of it that is here. */
  readonly all: readonly ImageFacts[];
}

/**
 * Every local image, or those of `repositories` (and with them what a store that is only read could not keep described); newest in the
 * store first. An index that none of its images is here for stands for itself.
 */
export async function summarizeImages(
  parts: ReadParts,
  options: { repositories?: readonly string[] | undefined } = {},
): Promise<ImageSummary[]> {
  const loose = await describeImages(parts);
  const listed = await parts.meta.images.listFacts(options);
  for (const [target, facts] of loose) {
    const record = await parts.meta.images.byTarget(target);
    if (record) listed.push({ record, facts });
  }
  return listed.map(({ record, facts }) => {
    const shown = chooseFacts(facts) ?? factsOfList(record.target);
    return { ...shown, record, all: facts };
  });
}

/** The ids of all local images, each once. */
export async function listImageIds(parts: ReadParts): Promise<Digest[]> {
  const loose = await describeImages(parts);
  const { ids, others } = await parts.meta.images.ids();
  const found = new Set(ids);
  for (const target of others) found.add(chooseFacts(await parts.meta.images.facts(target))?.id ?? target);
  for (const [target, facts] of loose) found.add(chooseFacts(facts)?.id ?? target);
  return [...found];
}

/** Of a list whose images are in registries. */
function factsOfList(target: Digest): ImageFacts {
  const platform = { os: "unknown", architecture: "unknown" };
  return { manifest: target, id: target, platform, contentSizeBytes: 0, labels: {} };
}

/** What stands for an image without a platform being named: the host's, else the first that is here. */
export function chooseFacts(facts: readonly ImageFacts[], platform?: Platform): ImageFacts | undefined {
  if (facts.length === 1 && !platform) return facts[0];
  return selectPlatform(facts, platform ?? hostPlatform()) ?? (platform ? undefined : facts[0]);
}

/** Whatever has an id that begins so; `prefix` with its algorithm. At most `limit` different ids. */
export async function matchIdPrefix(parts: ReadParts, prefix: string, limit: number): Promise<IdMatch[]> {
  const loose = await describeImages(parts);
  const matches = await parts.meta.images.byIdPrefix(prefix, limit);
  for (const [target, facts] of loose) {
    const note = (id: Digest, manifest: Digest) => {
      if (id.startsWith(prefix)) matches.push({ id, target, ...(manifest !== target && { manifest }) });
    };
    note(target, target);
    for (const { id, manifest } of facts) {
      note(id, manifest);
      if (manifest !== target) note(manifest, manifest);
    }
  }
  return matches;
}

/** Describes what an older version left undescribed. What cannot be kept, in a store that is only read, is given back. */
async function describeImages(parts: ReadParts): Promise<Map<Digest, ImageFacts[]>> {
  const loose = new Map<Digest, ImageFacts[]>();
  for (const target of await parts.meta.images.undescribed()) {
    const facts = await findFacts(parts, target);
    if (parts.readOnly) loose.set(target, facts);
    else await parts.meta.images.describe(target, facts);
  }
  return loose;
}

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

/** Of a prefix as people type it: with the algorithm it has, or with each there is. */
export function idPrefixes(text: string): string[] {
  return text.includes(":") ? [text] : [`sha256:${text}`, `sha512:${text}`];
}
