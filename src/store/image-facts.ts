import type { Writable } from "../lib/mod.ts";
import type { IdMatch, ImageFacts, ImageRecord } from "../meta/mod.ts";
import type { Digest } from "../oci/digest.ts";
import { hostPlatform, type Platform, selectPlatform } from "../oci/platform.ts";
import type { ReadParts } from "./store-parts.ts";

/** What lists tell of an image: nothing of it is opened for that. */
export interface ImageSummary extends ImageFacts {
  readonly record: ImageRecord;
  /** Every platform of it that is here. */
  readonly all: readonly ImageFacts[];
}

/**
 * Every local image, or those of `repositories` (and with them what a store that is only read could not keep described). An index that none of its images is here for stands for itself.
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
  return listed.map(({ record, facts }) => summaryOf(record, facts));
}

function summaryOf(record: ImageRecord, all: readonly ImageFacts[]): ImageSummary {
  const shown = (all.length === 1 ? all[0] : chooseFacts(all)) ?? factsOfList(record.target);
  const { manifest, id, platform, createdAtMs, contentSizeBytes, labels } = shown;
  const summary: Writable<ImageSummary> = { manifest, id, platform, contentSizeBytes, labels, record, all };
  if (createdAtMs !== undefined) summary.createdAtMs = createdAtMs;
  return summary;
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
  const targets = await parts.meta.images.undescribed();
  if (targets.length === 0) return loose;
  const { findFacts } = await import("./find-facts.ts");
  for (const target of targets) {
    const facts = await findFacts(parts, target);
    if (parts.readOnly) loose.set(target, facts);
    else await parts.meta.images.describe(target, facts);
  }
  return loose;
}

/** Of a prefix as people type it: with the algorithm it has, or with each there is. */
export function idPrefixes(text: string): string[] {
  return text.includes(":") ? [text] : [`sha256:${text}`, `sha512:${text}`];
}
