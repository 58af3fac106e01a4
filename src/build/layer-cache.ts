import type { BlobStore } from "../blob/mod.ts";
import type { ImageLayer } from "../image/mod.ts";
import type { LeaseId, Meta } from "../meta/mod.ts";
import { digestOf, isDigest } from "../oci/mod.ts";

export interface LayerCacheOptions {
  readonly meta: Meta;
  readonly blobs: BlobStore;
  readonly lease: LeaseId;
  /** Part of every key: it decides what the blob is. */
  readonly compression: string;
  readonly level?: number | undefined;
  /** `--no-cache`: nothing is found, results are still put. */
  readonly isReadable: boolean;
}

/** Everything that decides a step's result, as JSON values in a fixed order. */
export type CacheKeyParts = readonly unknown[];

/**
 * Layers that steps made, found again by content keys. A layer that is returned is held under the build's lease first and looked at
 * after, so that no prune can take it away in between.
 */
export class LayerCache {
  readonly #options: LayerCacheOptions;
  readonly #running = new Map<string, Promise<ImageLayer>>();

  constructor(options: LayerCacheOptions) {
    this.#options = options;
  }

  /** `none`: the step was done before and made no layer. */
  async get(parts: CacheKeyParts): Promise<ImageLayer | "none" | undefined> {
    if (!this.#options.isReadable) return undefined;
    const { meta, blobs, lease } = this.#options;
    const key = this.#key(parts);
    const record = await meta.cache.get(key);
    const value = record && parse(record.value);
    if (value === undefined || value === "none") return value;
    const { digest } = value.descriptor;
    await meta.leases.hold(lease, [digest]);
    if (await blobs.stat(digest)) return { descriptor: value.descriptor, diffId: value.diffId };
    await meta.cache.delete(key);
    return undefined;
  }

  async put(parts: CacheKeyParts, layer: ImageLayer | "none", what: string): Promise<void> {
    const shown = what.slice(0, 200);
    const value = layer === "none" ? { none: true, what: shown } : { ...layer, what: shown };
    await this.#options.meta.cache.put({
      key: this.#key(parts),
      value: JSON.stringify(value),
      blobs: layer === "none" ? [] : [layer.descriptor.digest],
      sizeBytes: layer === "none" ? 0 : layer.descriptor.size,
    });
  }

  /** Equal work of two stages is done once. */
  once(parts: CacheKeyParts, work: () => Promise<ImageLayer>): Promise<ImageLayer> {
    const key = this.#key(parts);
    const running = this.#running.get(key);
    if (running) return running;
    const started = work();
    this.#running.set(key, started);
    return started;
  }

  #key(parts: CacheKeyParts): string {
    const { compression, level } = this.#options;
    const how = level === undefined ? compression : `${compression}-${level}`;
    return `build:${digestOf(JSON.stringify([how, ...parts]))}`;
  }
}

/** `what`, which is in every value too, is for people who list the cache. */
function parse(text: string): ImageLayer | "none" | undefined {
  let value: Partial<ImageLayer> & { none?: unknown };
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (value.none === true) return "none";
  const { descriptor, diffId } = value;
  const isWhole = descriptor && isDigest(String(descriptor.digest)) && diffId && isDigest(String(diffId));
  return isWhole ? { descriptor, diffId } : undefined;
}
