import type { ImageLayer } from "../../image/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import {
  type Descriptor,
  type Digest,
  digestOf,
  encodeManifest,
  type ImageManifest,
  isDigest,
  isLayerType,
  mediaTypes,
  parseJsonObject,
  type RawManifest,
} from "../../oci/mod.ts";

/** A cache as an OCI artifact: docs/build-cache.md describes it. */
export const cacheArtifactType = "application/vnd.kasane.build-cache.v1";
const cacheConfigType = "application/vnd.kasane.build-cache.config.v1+json";
/** Of an image with its own cache: what cacheConfigType has, on its manifest. */
export const inlineCacheAnnotation = "org.kasane.build.cache";

export const cacheConfigLimitBytes = 16 * 1024 * 1024;
const recordLimit = 50_000;
const whatLimit = 200;

/** A result under its key. */
export interface PortableRecord {
  readonly key: string;
  readonly layer: ImageLayer | "none";
  /** For people. */
  readonly what: string;
}

/** The directory of a cache mount, as a layer. */
export interface PortableMount {
  readonly name: string;
  readonly layer: ImageLayer;
}

export interface PortableCache {
  readonly records: readonly PortableRecord[];
  readonly mounts: readonly PortableMount[];
}

export interface CacheArtifact {
  readonly manifest: RawManifest;
  readonly config: Descriptor;
  readonly configBytes: Uint8Array;
  readonly layers: readonly Descriptor[];
}

interface ConfigRecord {
  readonly key: string;
  /** Position in the manifest's layers; absent: the step made none. */
  readonly layer?: number;
  readonly diffId?: Digest;
  readonly what: string;
}

/** Equal caches give equal bytes. */
export function encodeCache({ records, mounts }: PortableCache): CacheArtifact {
  const layers = new Map<Digest, Descriptor>();
  for (const { layer } of [...records, ...mounts]) {
    if (layer === "none") continue;
    const { annotations: _, ...descriptor } = layer.descriptor;
    layers.set(descriptor.digest, descriptor);
  }
  const order = [...layers.keys()].sort();
  const listed = configRecords(records, order);
  const config = {
    version: 1,
    records: listed,
    ...(mounts.length > 0 && {
      mounts: mounts
        .map(({ name, layer }) => ({
          name,
          layer: order.indexOf(layer.descriptor.digest),
          diffId: layer.diffId,
        }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    }),
  };
  const configBytes = new TextEncoder().encode(JSON.stringify(config));
  const descriptor = { mediaType: cacheConfigType, digest: digestOf(configBytes), size: configBytes.length };
  const descriptors = order.map((digest) => layers.get(digest)!);
  const manifest = encodeManifest({
    kind: "manifest",
    mediaType: mediaTypes.ociManifest,
    artifactType: cacheArtifactType,
    config: descriptor,
    layers: descriptors,
  });
  return { manifest, config: descriptor, configBytes, layers: descriptors };
}

/** The records whose layers an image has, for its own manifest. undefined where there is none. */
export function inlineCache(
  records: readonly PortableRecord[],
  layers: readonly ImageLayer[],
): string | undefined {
  const order = layers.map(({ descriptor }) => descriptor.digest);
  const own = records.filter(({ layer }) => layer === "none" || order.includes(layer.descriptor.digest));
  return own.length === 0 ? undefined : JSON.stringify({ version: 1, records: configRecords(own, order) });
}

function configRecords(records: readonly PortableRecord[], order: readonly Digest[]): ConfigRecord[] {
  const positions = new Map(order.map((digest, position) => [digest, position]));
  return records
    .map(({ key, layer, what }) => ({
      key,
      ...(layer !== "none" && { layer: positions.get(layer.descriptor.digest)!, diffId: layer.diffId }),
      what: what.slice(0, whatLimit),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * What the config of an artifact, or the annotation of an image, says.
 * @throws KasaneError `invalid-manifest`, `limit-exceeded` for what no cache says
 */
export function decodeCache(
  bytes: Uint8Array,
  { layers }: Pick<ImageManifest, "layers">,
  place: string,
): PortableCache {
  const { value } = parseJsonObject(bytes, {
    what: `the cache ${place}`,
    code: "invalid-manifest",
    maxBytes: cacheConfigLimitBytes,
    maxDepth: 8,
    uniqueKeys: false,
  });
  const refuse = (what: string): KasaneError =>
    new KasaneError("invalid-manifest", `the cache ${place} is not valid: ${what}`, {
      hint: "leave it out, or export it anew with --cache-to",
    });
  if (value.version !== 1) throw refuse(`version ${JSON.stringify(value.version)} is not 1`);
  const layerOf = (entry: Record<string, unknown>): ImageLayer => {
    const descriptor = layers[entry.layer as number];
    const diffId = String(entry.diffId);
    if (!descriptor || !isLayerType(descriptor.mediaType) || !isDigest(diffId))
      throw refuse("a record names a layer that is none");
    return { descriptor, diffId };
  };
  const listOf = (list: unknown): Record<string, unknown>[] => {
    if (list === undefined) return [];
    if (!Array.isArray(list) || list.length > recordLimit)
      throw refuse("its records are no list, or too many");
    if (list.some((entry) => typeof entry !== "object" || entry === null)) throw refuse("a record is none");
    return list;
  };
  return {
    records: listOf(value.records).map((entry) => {
      const key = String(entry.key);
      if (!/^build:sha256:[0-9a-f]{64}$/.test(key)) throw refuse("a record has no key");
      return {
        key,
        layer: entry.layer === undefined ? "none" : layerOf(entry),
        what: String(entry.what ?? "").slice(0, whatLimit),
      };
    }),
    mounts: listOf(value.mounts).map((entry) => {
      const name = String(entry.name);
      if (!/^[0-9a-f]{32}$/.test(name)) throw refuse("a cache mount has no name");
      return { name, layer: layerOf(entry) };
    }),
  };
}
