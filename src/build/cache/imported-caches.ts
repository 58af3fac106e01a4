import type { ImageLayer } from "../../image/mod.ts";
import { collect, isKasaneError, KasaneError, messageOf } from "../../lib/mod.ts";
import { digestOf, type ImageManifest, imageChildren, parseManifest } from "../../oci/mod.ts";
import {
  cacheArtifactType,
  cacheConfigLimitBytes,
  decodeCache,
  inlineCacheAnnotation,
  type PortableCache,
} from "./cache-artifact.ts";
import type { CacheSource, OpenedCache } from "./cache-place.ts";

/** A layer that is somewhere else. */
export interface ImportedLayer {
  readonly layer: ImageLayer;
  readonly from: string;
  readonly place: OpenedCache;
}

/** A result that is somewhere else. */
export interface ImportedResult extends Omit<ImportedLayer, "layer"> {
  readonly layer: ImageLayer | "none";
  readonly what: string;
}

interface Imported {
  readonly from: string;
  readonly place: OpenedCache;
  readonly records: ReadonlyMap<string, { readonly layer: ImageLayer | "none"; readonly what: string }>;
  readonly mounts: ReadonlyMap<string, ImageLayer>;
}

/** Children of an index whose own caches are read. */
const childLimit = 32;

/**
 * The caches that a build was given. Only what they list is read; layers come when somebody needs them. What cannot be read is told of and
 * left out: a cache that is not there is no reason not to build.
 */
export class ImportedCaches {
  readonly #sources: readonly CacheSource[];
  readonly #hears: { readonly onWarning: (message: string) => void };
  #opened: Promise<Imported[]> | undefined;

  constructor(sources: readonly CacheSource[], hears: { readonly onWarning: (message: string) => void }) {
    this.#sources = sources;
    this.#hears = hears;
  }

  /** Whether its layer can be had is asked where it is. */
  async find(key: string): Promise<ImportedResult | undefined> {
    if (this.#sources.length === 0) return undefined;
    for (const { from, place, records } of await this.#open()) {
      const found = records.get(key);
      if (!found) continue;
      const { layer } = found;
      if (layer === "none" || (await place.has(layer.descriptor).catch(() => false))) {
        return { ...found, from, place };
      }
    }
    return undefined;
  }

  /** The content of a cache mount, by the name of its directory. */
  async findMount(name: string): Promise<ImportedLayer | undefined> {
    if (this.#sources.length === 0) return undefined;
    for (const { from, place, mounts } of await this.#open()) {
      const layer = mounts.get(name);
      if (layer) return { layer, from, place };
    }
    return undefined;
  }

  async close(): Promise<void> {
    const opened = (await this.#opened?.catch(() => [])) ?? [];
    for (const { place } of opened) await place.close?.();
  }

  #open(): Promise<Imported[]> {
    this.#opened ??= Promise.all(this.#sources.map((source) => this.#openOne(source))).then((all) =>
      all.flatMap((one) => one ?? []),
    );
    return this.#opened;
  }

  async #openOne(source: CacheSource): Promise<Imported | undefined> {
    let place: OpenedCache | undefined;
    try {
      place = await source.open();
      const { records, mounts } = await readCache(place, source.name);
      return {
        from: source.name,
        place,
        records: new Map(records.map(({ key, layer, what }) => [key, { layer, what }])),
        mounts: new Map(mounts.map(({ name, layer }) => [name, layer])),
      };
    } catch (error) {
      await place?.close?.();
      if (isKasaneError(error, "cancelled")) throw error;
      this.#hears.onWarning(`the cache ${source.name} is not used: ${messageOf(error)}`);
      return undefined;
    }
  }
}

async function readCache({ source }: OpenedCache, name: string): Promise<PortableCache> {
  const root = await source.root();
  const manifest = parseManifest(root.bytes, root.mediaType);
  if (manifest.kind === "index") {
    const records: PortableCache["records"][number][] = [];
    for (const { digest } of imageChildren(manifest).slice(0, childLimit)) {
      const child = await source.manifest(digest);
      const parsed = parseManifest(child.bytes, child.mediaType);
      if (parsed.kind === "manifest") records.push(...inlineOf(parsed, name).records);
    }
    return { records, mounts: [] };
  }
  if (manifest.artifactType !== cacheArtifactType) return inlineOf(manifest, name);
  const { config } = manifest;
  const bytes = await collect(await source.blob(config), cacheConfigLimitBytes, `the cache ${name}`);
  if (digestOf(bytes) !== config.digest) {
    throw new KasaneError("digest-mismatch", `its list of results is not ${config.digest}`, {
      hint: "leave it out, or export it anew with --cache-to",
    });
  }
  return decodeCache(bytes, manifest, name);
}

function inlineOf(manifest: ImageManifest, name: string): PortableCache {
  const text = manifest.annotations?.[inlineCacheAnnotation];
  if (text !== undefined) return decodeCache(new TextEncoder().encode(text), manifest, name);
  throw new KasaneError("not-found", "the image has no cache of its own", {
    hint: "build it with --cache-to type=inline, or give a cache that --cache-to exported",
  });
}
