import type { BlobStore } from "../blob/mod.ts";
import type { ImageLayer } from "../image/mod.ts";
import type { LeaseId, Meta } from "../meta/mod.ts";
import { digestOf, isDigest } from "../oci/mod.ts";
import { keyText, type StepKey } from "./cache/step-key.ts";

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

/**
 * Layers that steps made, found again by content keys. A layer that is returned is held under the build's lease first and looked at
 * after, so that no prune can take it away in between.
 */
export class LayerCache {
  readonly #options: LayerCacheOptions;
  readonly #running = new Map<string, Promise<ImageLayer>>();
  readonly #ids = new WeakMap<StepKey, string>();

  constructor(options: LayerCacheOptions) {
    this.#options = options;
  }

  get isReadable(): boolean {
    return this.#options.isReadable;
  }

  /** `none`: the step was done before and made no layer. */
  async get(stepKey: StepKey): Promise<ImageLayer | "none" | undefined> {
    if (!this.#options.isReadable) return undefined;
    const { meta, blobs, lease } = this.#options;
    const key = this.id(stepKey);
    const record = await meta.cache.get(key);
    const value = record && parse(record.value);
    if (value === undefined || value === "none") return value;
    const { digest } = value.descriptor;
    await meta.leases.hold(lease, [digest]);
    if (await blobs.stat(digest)) return { descriptor: value.descriptor, diffId: value.diffId };
    await meta.cache.delete(key);
    return undefined;
  }

  async put(key: StepKey, layer: ImageLayer | "none", what: string): Promise<void> {
    const shown = what.slice(0, 200);
    const value = layer === "none" ? { none: true, what: shown } : { ...layer, what: shown };
    await this.#options.meta.cache.put({
      key: this.id(key),
      value: JSON.stringify(value),
      blobs: layer === "none" ? [] : [layer.descriptor.digest],
      sizeBytes: layer === "none" ? 0 : layer.descriptor.size,
    });
  }

  /** Equal work of two stages is done once. */
  once(stepKey: StepKey, work: () => Promise<ImageLayer>): Promise<ImageLayer> {
    const key = this.id(stepKey);
    const running = this.#running.get(key);
    if (running) return running;
    const started = work();
    this.#running.set(key, started);
    return started;
  }

  /** Under which the result is kept. */
  id(key: StepKey): string {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const { compression, level } = this.#options;
    const how = level === undefined ? compression : `${compression}-${level}`;
    const id = `build:${digestOf(JSON.stringify([how, ...keyText(key)]))}`;
    this.#ids.set(key, id);
    return id;
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
