import { composeIndex, encodeIndented, mergeChildren } from "../../image/mod.ts";
import { KasaneError, mapConcurrent } from "../../lib/mod.ts";
import {
  type Annotations,
  type Descriptor,
  type Digest,
  formatPlatform,
  isAttestation,
  isIndexType,
  normalizePlatform,
  type Platform,
  type RawManifest,
  type Reference,
  rawManifest,
  selectPlatform,
} from "../../oci/mod.ts";
import { descriptorsOf, type LocatedImage } from "./locate-image.ts";
import type { Origins } from "./scattered-source.ts";

/** What an index is made of. */
export interface IndexSource {
  readonly image: LocatedImage;
  /** What is to be said of the image instead of what its registry says; annotations replace all there are. */
  readonly descriptor?: Descriptor | undefined;
}

export interface CreateIndexOptions {
  readonly annotations?: Annotations;
  /** Annotations of children: of one platform, or of all. */
  readonly childAnnotations?: readonly { platform?: Platform | undefined; key: string; value: string }[];
  /** Only children for these, and attestations of those. */
  readonly platforms?: readonly Platform[];
  /** A single image is put into an index (the default); else it is taken as it is. */
  readonly preferIndex?: boolean;
}

/**
 * One image for several platforms out of images and indexes, as buildx makes it, to the byte: sources that are indexes give their children,
 * a single index without changes stays what it is.
 * @throws KasaneError `not-found` where no platform is left
 */
export async function createIndex(
  sources: readonly IndexSource[],
  options: CreateIndexOptions = {},
): Promise<{ raw: RawManifest; origins: Origins }> {
  const [only] = sources;
  const isChanged =
    Object.keys(options.annotations ?? {}).length > 0 || (options.childAnnotations?.length ?? 0) > 0;
  const isAsItIs =
    sources.length === 1 &&
    !isChanged &&
    (isIndexType(only!.image.raw.mediaType) || options.preferIndex === false);
  const origins: Record<string, Reference> = {};
  const found = await mapConcurrent(sources, 4, async ({ image, descriptor }) => {
    const entries = await descriptorsOf(image, { normalize: bare });
    for (const { digest } of entries) if (image.origin) origins[digest] = image.origin;
    return entries.map((entry) => (descriptor ? { ...entry, ...stated(descriptor) } : entry));
  });
  const children = mergeChildren(found.flat());
  const wanted = options.platforms?.length ? ofPlatforms(children, options.platforms) : children;
  if (wanted.length === 0) throw noneLeft(children, options.platforms ?? []);
  if (isAsItIs && wanted.length === children.length) return { raw: only!.image.raw, origins };
  const noted = wanted.map((child) => withAnnotations(child, options.childAnnotations ?? []));
  const index = composeIndex(noted, options.annotations);
  return { raw: rawManifest(encodeIndented(index), index.mediaType), origins };
}

/** As buildx writes the platform of an image that stands alone. */
function bare(platform: Platform): Platform {
  const { architecture, os, variant } = normalizePlatform(platform);
  return { architecture, os, ...(variant && { variant }) };
}

function stated({ annotations, platform }: Descriptor): Partial<Descriptor> {
  return { ...(annotations && { annotations }), ...(platform && { platform }) };
}

function withAnnotations(
  child: Descriptor,
  added: NonNullable<CreateIndexOptions["childAnnotations"]>,
): Descriptor {
  const mine = added.filter(
    ({ platform }) =>
      platform === undefined ||
      (child.platform && formatPlatform(platform) === formatPlatform(normalizePlatform(child.platform))),
  );
  if (mine.length === 0) return child;
  const entries = mine.map(({ key, value }) => [key, value] as const);
  return { ...child, annotations: { ...child.annotations, ...Object.fromEntries(entries) } };
}

/** The children for `platforms`, those that say none, and what describes one of them. */
function ofPlatforms(children: readonly Descriptor[], platforms: readonly Platform[]): Descriptor[] {
  const isWanted = (child: Descriptor) =>
    child.platform === undefined ||
    platforms.some(
      (wanted) =>
        formatPlatform(normalizePlatform(child.platform!)) === formatPlatform(normalizePlatform(wanted)),
    );
  const images = children.filter((child) => !isAttestation(child));
  const kept = new Set<Digest>(images.filter(isWanted).map(({ digest }) => digest));
  for (const wanted of platforms) {
    const best = selectPlatform(images, wanted);
    if (best) kept.add(best.digest);
  }
  return children.filter((child) =>
    isAttestation(child)
      ? kept.has((child.annotations?.["vnd.docker.reference.digest"] ?? "") as Digest)
      : kept.has(child.digest),
  );
}

function noneLeft(children: readonly Descriptor[], platforms: readonly Platform[]): KasaneError {
  const there = children.flatMap(({ platform }) => (platform ? formatPlatform(platform) : []));
  return new KasaneError(
    "not-found",
    platforms.length === 0
      ? "there is nothing to put into an index"
      : `the sources have nothing for the platform ${platforms.map(formatPlatform).join(", ")}`,
    there.length > 0 ? { hint: `they are for ${[...new Set(there)].slice(0, 20).join(", ")}` } : {},
  );
}
