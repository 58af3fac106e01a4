import type { RegistryClient } from "../../distribution/mod.ts";
import {
  type ImageSource,
  readConfig,
  readRoot,
  registrySource,
  resolvePlatform,
  withNearNames,
} from "../../image/mod.ts";
import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import type { ImageRecord } from "../../meta/mod.ts";
import {
  type Descriptor,
  type Digest,
  formatReference,
  isImageConfigType,
  type Manifest,
  type Platform,
  parseReference,
  platformOf,
  type RawManifest,
  type Reference,
  withDefaultTag,
} from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";

/** Where images are looked for. */
export interface ImagePlaces {
  /** Absent: in registries only. */
  readonly store?: LocalStore | undefined;
  readonly client: (host: string) => RegistryClient;
  readonly signal?: AbortSignal | undefined;
}

/** An image or index with everything it names, wherever it is. */
export interface LocatedImage {
  readonly raw: RawManifest;
  readonly manifest: Manifest;
  readonly source: ImageSource;
  /** How it was found in a registry; absent for one of the store. */
  readonly origin?: Reference;
}

/**
 * What a name means. An index of the store, and an image that no registry has given or taken, is the one in the store; else the registry is
 * asked, as docker does, because a pull keeps only one platform of what the name means there. Where it does not answer or has nothing,
 * an image of the store will do: so this works offline.
 * @throws KasaneError `not-found`, or why the registry could not be asked
 */
export async function locateImage(text: string, places: ImagePlaces): Promise<LocatedImage> {
  const local = places.store && (await findLocal(text, places.store));
  if (local?.isItself) return local.image;
  const reference = withDefaultTag(parseReference(text));
  try {
    return await fetchImage(reference, places, local ? 1 : undefined);
  } catch (error) {
    if (local && !isKasaneError(error, "cancelled")) return local.image;
    if (!isKasaneError(error, "not-found")) throw error;
    throw new KasaneError("not-found", `no such manifest: ${formatReference(reference)}`, {
      ...(error.hint !== undefined && { hint: error.hint }),
      cause: error,
    });
  }
}

/** The image that a registry has under a name. */
async function fetchImage(
  reference: Reference,
  { client, signal }: ImagePlaces,
  attempts: number | undefined,
): Promise<LocatedImage> {
  const registry = client(reference.host);
  const options = { ...(signal && { signal }), ...(attempts !== undefined && { attempts }) };
  const ask = () => registry.getManifest(reference.repository, reference.digest ?? reference.tag!, options);
  // Where the store has it anyway, nobody mistyped it.
  const raw =
    attempts === undefined
      ? await withNearNames({ client: registry, reference, ...(signal && { signal }) }, ask)
      : await ask();
  const source = {
    ...registrySource({ client: registry, reference, ...(signal && { signal }) }),
    root: async () => raw,
  };
  return { ...(await readRoot(source)), source, origin: reference };
}

async function findLocal(
  text: string,
  store: LocalStore,
): Promise<{ image: LocatedImage; isItself: boolean } | undefined> {
  const named = await byName(text, store);
  const target = named?.target ?? (await byId(text, store));
  if (target === undefined) return undefined;
  const source = store.source(target);
  const image = { ...(await readRoot(source)), source };
  const isKnownElsewhere = named?.repoDigests.some((name) => isSameRepository(name, text)) ?? false;
  return { image, isItself: image.manifest.kind === "index" || !isKnownElsewhere };
}

async function byName(text: string, store: LocalStore): Promise<ImageRecord | undefined> {
  try {
    const { host, repository, tag, digest } = withDefaultTag(parseReference(text));
    // A tag beside a digest is for people.
    return await store.meta.images.byName(
      formatReference({ host, repository, ...(digest ? { digest } : { tag: tag! }) }),
    );
  } catch (error) {
    if (isKasaneError(error, "invalid-reference")) return undefined;
    throw error;
  }
}

/** By ID or digest: the image of one platform. */
async function byId(text: string, store: LocalStore): Promise<Digest | undefined> {
  if (!/^(sha256:)?[0-9a-f]+$/.test(text)) return undefined;
  try {
    return (await store.find(text)).raw.digest;
  } catch (error) {
    if (isKasaneError(error, "not-found") || isKasaneError(error, "invalid-reference")) return undefined;
    throw error;
  }
}

function isSameRepository(repoDigest: string, text: string): boolean {
  const [known, asked] = [parseReference(repoDigest), parseReference(text)];
  return known.host === asked.host && known.repository === asked.repository;
}

/**
 * What an index of `image` would have: the children of an index, or the image itself with the platform its config says.
 * With `platform` only the child for it.
 */
export async function descriptorsOf(
  image: LocatedImage,
  options: {
    platform?: Platform | undefined;
    normalize?: ((platform: Platform) => Platform) | undefined;
  } = {},
): Promise<Descriptor[]> {
  const { manifest, raw, source } = image;
  if (manifest.kind === "index") {
    if (options.platform === undefined) return [...manifest.manifests];
    const { descriptor } = await resolvePlatform(source, { raw, manifest }, options.platform);
    return descriptor ? [descriptor] : [];
  }
  const own: Descriptor = { mediaType: raw.mediaType, digest: raw.digest, size: raw.bytes.length };
  if (!isImageConfigType(manifest.config.mediaType)) {
    return [manifest.artifactType ? { ...own, artifactType: manifest.artifactType } : own];
  }
  const platform = platformOf((await readConfig(source, manifest)).config);
  return [{ ...own, platform: options.normalize?.(platform) ?? platform }];
}
