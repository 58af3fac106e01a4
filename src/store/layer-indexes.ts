import { mkdir, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BlobStore } from "../blob/mod.ts";
import type { LayerEntry, LayerIndex, LayerPart } from "../layer/mod.ts";
import { errnoOf, isKasaneError, KasaneError } from "../lib/mod.ts";
import type { LayerRecord, Meta } from "../meta/mod.ts";
import { type Descriptor, type Digest, digestAlgorithm, digestHex } from "../oci/mod.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import { storeError } from "./store-error.ts";

/**
 * The layer indexes of a store: `ROOT/indexes/<algorithm>/<hex of the diffID>`. Each can be made again from the blob, so nothing here is synced
 * and a damaged file is as good as none. What was read stays in memory for as long as somebody uses it.
 */
export class LayerIndexes {
  readonly #root: string;
  readonly #blobs: BlobStore;
  readonly #meta: Meta;
  readonly #locks: KeyedLock;
  readonly #readOnly: boolean;
  readonly #cache = new Map<Digest, WeakRef<LayerIndex>>();

  constructor(parts: { root: string; blobs: BlobStore; meta: Meta; locks: KeyedLock; readOnly: boolean }) {
    this.#root = parts.root;
    this.#blobs = parts.blobs;
    this.#meta = parts.meta;
    this.#locks = parts.locks;
    this.#readOnly = parts.readOnly;
  }

  /**
   * The index of a layer blob of this store.
   * @throws KasaneError `invalid-layer` when the blob is not what `diffId` says
   */
  async get(layer: Descriptor, diffId: Digest): Promise<LayerIndex> {
    return (
      this.#cached(diffId) ?? (await this.#locks.run(`index:${diffId}`, () => this.#load(layer, diffId)))
    );
  }

  /** What a part of a merged tree needs of it: less work than get() where nobody needs the whole index. */
  async part(layer: Descriptor, diffId: Digest): Promise<LayerPart> {
    const { partOfIndex, partOfText, readIndexText } = await import("../layer/mod.ts");
    const cached = this.#cached(diffId);
    if (cached !== undefined) return partOfIndex(cached);
    try {
      const lines = readIndexText(await readFile(this.path(diffId)));
      if (lines.diffId === diffId) return partOfText(lines);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT" && !isKasaneError(error, "io"))
        throw storeError(`read the index of layer ${diffId}`, error);
    }
    return partOfIndex(await this.get(layer, diffId));
  }

  /** The diffID of a layer blob of this store, found out from the blob where it is not known. */
  async diffIdOf(layer: Descriptor): Promise<Digest> {
    const known = await this.#meta.layers.byBlob(layer.digest);
    return known?.diffId ?? (await this.#make(layer)).diffId;
  }

  /** Keeps what a pass over a layer blob found out. The row comes first: an index without one is garbage. */
  async put(layer: Descriptor, index: LayerIndex): Promise<void> {
    await this.#meta.layers.put(layerRecord(layer, index));
    await this.#write(index);
    this.#remember(index);
  }

  async #write(index: LayerIndex): Promise<void> {
    const path = this.path(index.diffId);
    const { encodeLayerIndex } = await import("../layer/mod.ts");
    const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}`;
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(temporary, encodeLayerIndex(index));
      await rename(temporary, path);
    } catch (error) {
      // A prune took the temporary file for what a dead process left. It can be made again.
      if (errnoOf(error) === "ENOENT") return;
      await unlink(temporary).catch(() => {});
      throw storeError(`keep the index of layer ${index.diffId}`, error);
    }
  }

  /** The index of a layer whose blob need not be here; undefined where none was kept. */
  async known(diffId: Digest): Promise<LayerIndex | undefined> {
    const index = this.#cached(diffId) ?? (await this.#read(diffId));
    if (index !== undefined) this.#remember(index);
    return index;
  }

  /**
   * Keeps the index of a layer whose blob is not here, until the next prune. Without a row: a row would say that the blob is here. An index
   * is what everybody reads from then on, so it must come from bytes that were checked to the end. What cannot be kept is made again.
   */
  async keep(index: LayerIndex): Promise<void> {
    this.#remember(index);
    if (!this.#readOnly) await this.#write(index).catch(() => {});
  }

  path(diffId: Digest): string {
    return join(this.#root, "indexes", digestAlgorithm(diffId), digestHex(diffId));
  }

  async #load(layer: Descriptor, diffId: Digest): Promise<LayerIndex> {
    const index = this.#cached(diffId) ?? (await this.#read(diffId)) ?? (await this.#make(layer));
    if (index.diffId !== diffId) {
      throw new KasaneError(
        "invalid-layer",
        `layer ${layer.digest} unpacks to ${index.diffId}, and not to ${diffId} as its image config says`,
      );
    }
    this.#remember(index);
    return index;
  }

  async #read(diffId: Digest): Promise<LayerIndex | undefined> {
    const { decodeLayerIndex } = await import("../layer/mod.ts");
    try {
      const index = decodeLayerIndex(await readFile(this.path(diffId)));
      return index.diffId === diffId ? index : undefined;
    } catch (error) {
      if (errnoOf(error) === "ENOENT" || isKasaneError(error, "io")) return undefined;
      throw storeError(`read the index of layer ${diffId}`, error);
    }
  }

  async #make(layer: Descriptor): Promise<LayerIndex> {
    const { indexLayer } = await import("../layer/mod.ts");
    const index = await indexLayer(await this.#blobs.open(layer.digest));
    if (!this.#readOnly) await this.put(layer, index);
    return index;
  }

  #cached(diffId: Digest): LayerIndex | undefined {
    const index = this.#cache.get(diffId)?.deref();
    if (index === undefined) this.#cache.delete(diffId);
    return index;
  }

  #remember(index: LayerIndex): void {
    this.#cache.set(index.diffId, new WeakRef(index));
  }
}

export function layerRecord(layer: Descriptor, index: LayerIndex): LayerRecord {
  return {
    blob: layer.digest,
    diffId: index.diffId,
    tarSizeBytes: index.tarSizeBytes,
    contentSizeBytes: layerContentBytes(index),
    sizeBytes: layer.size,
    mediaType: layer.mediaType,
  };
}

/** What the files of a layer take. A later entry of the same path wins. */
export function layerContentBytes({ entries }: Pick<LayerIndex, "entries">): number {
  const sizes = new Map(entries.map((entry) => [entry.path, contentBytes(entry)]));
  let total = 0;
  for (const sizeBytes of sizes.values()) total += sizeBytes;
  return total;
}

/** As docker's overlay2 driver counts: a file by its length, a symbolic link by that of its text. */
function contentBytes({ type, sizeBytes, linkTarget = "" }: LayerEntry): number {
  if (type === "file") return sizeBytes;
  return type === "symlink" ? Buffer.byteLength(linkTarget) : 0;
}
