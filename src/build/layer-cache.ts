import type { ImageLayer } from "../image/mod.ts";
import { isKasaneError, KasaneError, messageOf } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import { digestOf, isDigest } from "../oci/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import type { PortableRecord } from "./cache/cache-artifact.ts";
import type { ImportedCaches, ImportedLayer, ImportedResult } from "./cache/imported-caches.ts";
import type { LazyLayers } from "./cache/lazy-layers.ts";
import { keyText, type StepKey } from "./cache/step-key.ts";

export interface LayerCacheOptions {
  readonly store: LocalStore;
  readonly imported: ImportedCaches;
  readonly lazy: LazyLayers;
  readonly lease: LeaseId;
  /** Part of every key: it decides what the blob is. */
  readonly compression: string;
  readonly level?: number | undefined;
  /** `--no-cache`: nothing is found, results are still put. */
  readonly isReadable: boolean;
  /** What is older is not found. */
  readonly maxAgeMs?: number | undefined;
}

/**
 * Layers that steps made, found again by content keys. A layer that is returned is held under the build's lease first and looked at
 * after, so that no prune can take it away in between.
 */
export class LayerCache {
  readonly #options: LayerCacheOptions;
  readonly #running = new Map<string, Promise<ImageLayer>>();
  readonly #awaited = new Set<string>();
  readonly #used = new Map<string, PortableRecord>();
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
    const key = this.id(stepKey);
    return (await this.#local(key)) ?? this.#remote(key);
  }

  async #local(key: string): Promise<ImageLayer | "none" | undefined> {
    const { lease, store, maxAgeMs = Number.POSITIVE_INFINITY } = this.#options;
    const { meta, blobs } = store;
    const record = await meta.cache.get(key);
    if (record && Date.now() - record.createdAtMs >= maxAgeMs) return undefined;
    const value = record && parse(record.value);
    if (!value) return undefined;
    const { what } = value;
    if (value.layer === "none") {
      this.#used.set(key, { key, layer: "none", what });
      return "none";
    }
    const { descriptor, diffId } = value.layer;
    await meta.leases.hold(lease, [descriptor.digest]);
    if (await blobs.stat(descriptor.digest)) {
      const layer = { descriptor, diffId };
      this.#used.set(key, { key, layer, what });
      return layer;
    }
    await meta.cache.delete(key);
    return undefined;
  }

  async #remote(key: string): Promise<ImageLayer | "none" | undefined> {
    const { imported, lazy } = this.#options;
    const found = await imported.find(key);
    if (!found) return undefined;
    const { layer, what } = found;
    this.#used.set(key, { key, layer, what });
    if (layer === "none") await this.#keep({ key, layer, what });
    else lazy.add(layer.descriptor.digest, () => this.#bring(key, found));
    return layer;
  }

  async #bring(key: string, { layer, what, from, place }: ImportedResult): Promise<void> {
    if (layer === "none") return;
    await this.bring({ layer, from, place });
    await this.#keep({ key, layer, what });
  }

  /** Gets a layer out of an imported cache. @throws KasaneError where it is not what the cache says */
  async bring({ layer, from, place }: ImportedLayer): Promise<void> {
    const { store, lease } = this.#options;
    const { descriptor, diffId } = layer;
    try {
      const sink = store.sink({ lease, names: [] });
      await sink.putBlob(descriptor, (offset) => place.source.blob(descriptor, { start: offset ?? 0 }));
      await store.layerIndex(descriptor, diffId);
    } catch (error) {
      if (isKasaneError(error, "cancelled")) throw error;
      throw new KasaneError(
        isKasaneError(error) ? error.code : "internal",
        `the cache ${from} gave a layer that cannot be used: ${messageOf(error)}`,
        { hint: `build without --cache-from ${from}, or export that cache anew`, cause: error },
      );
    }
  }

  async put(stepKey: StepKey, layer: ImageLayer | "none", what: string): Promise<void> {
    const record = { key: this.id(stepKey), layer, what: what.slice(0, 200) };
    this.#used.set(record.key, record);
    // What is still somewhere else is kept when it comes.
    if (layer !== "none" && this.#options.lazy.isWaiting(layer.descriptor.digest)) return;
    await this.#keep(record);
  }

  async #keep({ key, layer, what }: PortableRecord): Promise<void> {
    const value = layer === "none" ? { none: true, what } : { ...layer, what };
    await this.#options.store.meta.cache.put({
      key,
      value: JSON.stringify(value),
      blobs: layer === "none" ? [] : [layer.descriptor.digest],
      sizeBytes: layer === "none" ? 0 : layer.descriptor.size,
    });
  }

  /** What this build made or found. */
  get used(): readonly PortableRecord[] {
    return [...this.#used.values()];
  }

  /** used, and under which other keys the store knows those layers: they may be found again on top of other files. */
  async usedRecords(): Promise<PortableRecord[]> {
    const records = new Map(this.#used);
    const blobs = new Set(this.used.map(({ layer }) => (layer === "none" ? "" : layer.descriptor.digest)));
    for (const { key, value, blobs: own } of await this.#options.store.meta.cache.list()) {
      if (records.has(key) || !own.some((blob) => blobs.has(blob)) || !/^build:sha256:/.test(key)) continue;
      const parsed = parse(value);
      if (parsed) records.set(key, { key, ...parsed });
    }
    return [...records.values()];
  }

  /** Equal work of two stages is done once. */
  once(stepKey: StepKey, work: () => Promise<ImageLayer>): Promise<ImageLayer> {
    this.#awaited.add(this.id(stepKey));
    return this.#start(stepKey, work);
  }

  /** Work that may turn out to be for nothing; undefined where the store has its result. Whoever needs it meanwhile gets it by once(). */
  async ahead(stepKey: StepKey, work: () => Promise<ImageLayer>): Promise<ImageLayer | undefined> {
    if (this.#options.isReadable && (await this.#options.store.meta.cache.get(this.id(stepKey))))
      return undefined;
    return this.#start(stepKey, work);
  }

  /** Somebody waits for this work. */
  isAwaited(stepKey: StepKey): boolean {
    return this.#awaited.has(this.id(stepKey));
  }

  #start(stepKey: StepKey, work: () => Promise<ImageLayer>): Promise<ImageLayer> {
    const key = this.id(stepKey);
    const running = this.#running.get(key);
    if (running) return running;
    const started = work();
    this.#running.set(key, started);
    // What was given up is begun anew by who needs it.
    started.catch(() => this.#running.delete(key));
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
function parse(text: string): Omit<PortableRecord, "key"> | undefined {
  let value: Partial<ImageLayer> & { none?: unknown; what?: unknown };
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const what = String(value.what ?? "");
  if (value.none === true) return { layer: "none", what };
  const { descriptor, diffId } = value;
  const isWhole = descriptor && isDigest(String(descriptor.digest)) && diffId && isDigest(String(diffId));
  return isWhole ? { layer: { descriptor, diffId }, what } : undefined;
}
