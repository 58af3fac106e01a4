import { type ImageSource, mergeChildren, readChild } from "../../image/mod.ts";
import { KasaneError, mapConcurrent } from "../../lib/mod.ts";
import {
  type Descriptor,
  type Digest,
  formatReference,
  isDigest,
  isIndexType,
  isManifestType,
  type Platform,
  parseReference,
  type RawManifest,
  type Reference,
  withDefaultTag,
} from "../../oci/mod.ts";
import { descriptorsOf, type ImagePlaces, type LocatedImage, locateImage } from "./locate-image.ts";
import { findManifestList, type ListContent, type ManifestList } from "./manifest-list.ts";
import { ScatteredSource } from "./scattered-source.ts";

/** Names that are looked up side by side. */
const jobs = 4;

/** What a list of `names` has: the image of each, or all images of a list, with where those are that are not in the store. */
export async function collectEntries(
  names: readonly string[],
  places: ImagePlaces,
  options: {
    /** Of images for several platforms only this one. */
    platform?: Platform | undefined;
    normalize?: ((platform: Platform) => Platform) | undefined;
  } = {},
): Promise<Omit<ListContent, "annotations">> {
  const found = await mapConcurrent(names, jobs, async (name) => {
    const image = await locateImage(name, places);
    return { image, entries: await descriptorsOf(image, options) };
  });
  const origins: Record<string, Reference> = {};
  for (const { image, entries } of found) {
    if (image.origin) for (const { digest } of entries) origins[digest] = image.origin;
  }
  return { children: mergeChildren(found.flatMap(({ entries }) => entries)), origins };
}

/**
 * The entry of a list that somebody means: by digest, by the name under which it was added, or by what that name means now.
 * @throws KasaneError `not-found`, `conflict` where the name stands for several
 */
export async function findEntry(list: ManifestList, text: string, places: ImagePlaces): Promise<Descriptor> {
  const byDigest = (digest: string) => list.children.find((child) => child.digest === digest);
  const typed = isDigest(text) ? text : parseReference(text).digest;
  if (typed !== undefined) return byDigest(typed) ?? refuse(list, text);
  const name = formatReference(withDefaultTag(parseReference(text)));
  const added = list.children.filter(({ digest }) => {
    const origin = list.origins[digest];
    return origin !== undefined && formatReference(origin) === name;
  });
  const candidates = added.length > 0 ? added : await entriesNow(list, text, places);
  if (candidates.length === 1) return candidates[0]!;
  if (candidates.length === 0) return refuse(list, text);
  throw new KasaneError("conflict", `${text} stands for ${candidates.length} entries of ${list.name}`, {
    hint: `name one by its digest: ${candidates
      .slice(0, 3)
      .map(({ digest }) => digest)
      .join(", ")}`,
  });
}

async function entriesNow(list: ManifestList, text: string, places: ImagePlaces): Promise<Descriptor[]> {
  const image = await locateImage(text, places);
  const digests = new Set<Digest>([image.raw.digest]);
  if (image.manifest.kind === "index") for (const { digest } of image.manifest.manifests) digests.add(digest);
  return list.children.filter(({ digest }) => digests.has(digest));
}

function refuse(list: ManifestList, text: string): never {
  throw new KasaneError("not-found", `manifest for image ${text} does not exist in ${list.name}`, {
    hint: `see what it has with: kasane manifest inspect ${list.name}`,
  });
}

/** An image with the bytes of its manifest, and how to ask a registry for it. */
export interface DescribedImage {
  readonly ref: string;
  readonly descriptor: Descriptor;
  readonly raw: RawManifest;
}

/** Entries of a list with their manifests, from wherever those are. */
export function describeEntries(
  list: ManifestList,
  entries: readonly Descriptor[],
  places: ImagePlaces,
): Promise<DescribedImage[]> {
  const source = new ScatteredSource(list.raw, list.origins, places);
  return describe(source, entries, ({ digest }) => {
    const origin = list.origins[digest];
    return formatReference({ ...(origin ?? parseReference(list.name)), digest });
  });
}

/** The images of an index with their manifests; or the one image. */
export async function describeImage(
  image: LocatedImage,
  text: string,
  places: ImagePlaces,
): Promise<DescribedImage[]> {
  if (image.manifest.kind === "manifest") {
    const [descriptor] = await descriptorsOf(image);
    const ref = isDigest(text) ? text : formatReference(withDefaultTag(parseReference(text)));
    return [{ ref, descriptor: descriptor!, raw: image.raw }];
  }
  const list =
    image.origin === undefined && places.store && !isDigest(text)
      ? await findManifestList(places.store, text).catch(() => undefined)
      : undefined;
  if (list) return describeEntries(list, list.children, places);
  const reference = isDigest(text) ? undefined : withDefaultTag(parseReference(text));
  return describe(image.source, image.manifest.manifests, ({ digest }) =>
    reference ? formatReference({ ...reference, digest }) : digest,
  );
}

function describe(
  source: ImageSource,
  entries: readonly Descriptor[],
  refOf: (entry: Descriptor) => string,
): Promise<DescribedImage[]> {
  const readable = entries.filter(({ mediaType }) => isManifestType(mediaType) || isIndexType(mediaType));
  return mapConcurrent(readable, jobs, async (descriptor) => {
    const { raw } = await readChild(source, descriptor);
    return { ref: refOf(descriptor), descriptor, raw };
  });
}
