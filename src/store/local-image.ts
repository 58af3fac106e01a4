import { isKasaneError, KasaneError } from "../lib/errors.ts";
import type { ImageRecord } from "../meta/mod.ts";
import { imageChildren } from "../oci/image-children.ts";
import { isImageConfigType, isIndexType } from "../oci/media-type.ts";
import type { Descriptor, Digest, ImageConfig, ImageIndex, ImageManifest, RawManifest } from "../oci/mod.ts";
import { parseManifest } from "../oci/parse-manifest.ts";
import { formatPlatform, hostPlatform, type Platform, platformOf, selectPlatform } from "../oci/platform.ts";
import type { LocalImage } from "./local-store.ts";
import { readConfig } from "./read-config.ts";
import type { ReadParts } from "./store-parts.ts";

export interface ImageChoice {
  readonly platform?: Platform | undefined;
  /** A child that was asked for by its own digest or id. */
  readonly child?: Digest | undefined;
  /** Makes do without a config that cannot be read: a list must not fail for one damaged image. */
  readonly isTolerant?: boolean | undefined;
}

/**
 * An image down to one manifest: the record's target, or the child of its index for the platform (without one the host's, else the first
 * that is here).
 * @throws KasaneError `not-found` when there is none for the platform
 */
export async function loadImage(
  parts: ReadParts,
  record: ImageRecord,
  choice: ImageChoice = {},
): Promise<LocalImage> {
  const raw = await readManifest(parts, choice.child ?? record.target);
  const manifest = parseManifest(raw.bytes, raw.mediaType);
  if (manifest.kind === "index") {
    const child = await chooseChild(parts, record, manifest, choice.platform);
    return loadImage(parts, record, { child: child.digest, isTolerant: choice.isTolerant });
  }
  const config = await configOf(parts, manifest, choice);
  if (choice.platform) {
    const platform = platformOf(config);
    if (!selectPlatform([{ platform }], choice.platform))
      throw noPlatform(record, choice.platform, [platform]);
  }
  return { record, raw, manifest, config, id: manifest.config.digest };
}

/**
 * The children of an index that are in the store, nested ones included, attestations left out; each once: twenty times the same index at
 * each of eight levels would be more than can ever be listed.
 */
export async function storedChildren(
  parts: ReadParts,
  index: Pick<ImageIndex, "manifests">,
): Promise<Descriptor[]> {
  const found: Descriptor[] = [];
  const seen = new Set<Digest>();
  const visit = async (from: Pick<ImageIndex, "manifests">): Promise<void> => {
    for (const child of imageChildren(from)) {
      if (seen.has(child.digest)) continue;
      seen.add(child.digest);
      const record = await parts.meta.manifests.get(child.digest);
      if (!record) continue;
      if (!isIndexType(record.mediaType)) {
        found.push(child);
        continue;
      }
      await visit({ manifests: record.children });
    }
  };
  await visit(index);
  return found;
}

async function chooseChild(
  parts: ReadParts,
  record: ImageRecord,
  index: ImageIndex,
  platform: Platform | undefined,
): Promise<Descriptor> {
  const children = await storedChildren(parts, index);
  const described: { platform?: Platform; child: Descriptor }[] = [];
  for (const child of children) {
    described.push({ platform: child.platform ?? (await platformFromConfig(parts, child)), child });
  }
  const wanted = platform ?? hostPlatform();
  const chosen = selectPlatform(described, wanted) ?? (platform ? undefined : described[0]);
  if (chosen) return chosen.child;
  throw noPlatform(
    record,
    wanted,
    described.flatMap((entry) => entry.platform ?? []),
  );
}

async function platformFromConfig(parts: ReadParts, child: Descriptor): Promise<Platform> {
  const raw = await readManifest(parts, child.digest);
  const manifest = parseManifest(raw.bytes, raw.mediaType);
  if (manifest.kind === "index") return { os: "", architecture: "" };
  return platformOf(await configOf(parts, manifest));
}

async function readManifest(parts: ReadParts, digest: Digest): Promise<RawManifest> {
  const record = await parts.meta.manifests.get(digest);
  if (!record)
    throw new KasaneError("not-found", `manifest ${digest} is not in the store`, {
      hint: "'kasane fsck' tells what is missing, and what to pull, load or push again",
    });
  return { digest, mediaType: record.mediaType, bytes: record.bytes };
}

/** An artifact has a config that says nothing of a platform or a file system. */
async function configOf(
  parts: ReadParts,
  manifest: Pick<ImageManifest, "config">,
  { isTolerant }: ImageChoice = {},
): Promise<ImageConfig> {
  try {
    if (isImageConfigType(manifest.config.mediaType)) return await readConfig(parts, manifest);
  } catch (error) {
    if (!isTolerant || !isKasaneError(error)) throw error;
  }
  return { architecture: "unknown", os: "unknown", rootfs: { type: "layers", diff_ids: [] } };
}

function noPlatform(record: ImageRecord, wanted: Platform, there: readonly Platform[]): KasaneError {
  const name = record.names[0] ?? record.repoDigests[0] ?? record.target;
  const platforms = there.map(formatPlatform).join(", ");
  return new KasaneError(
    "not-found",
    `image ${name} is not here for the platform ${formatPlatform(wanted)}`,
    {
      hint: platforms
        ? `it is here for ${platforms}; pull it with --platform ${formatPlatform(wanted)}`
        : `none of its images is in this store: see which there are with kasane manifest inspect ${name}`,
      data: { platform: formatPlatform(wanted) },
    },
  );
}
