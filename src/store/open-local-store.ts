import { join, resolve } from "node:path";
import { openFileSystemBlobs } from "../blob/mod.ts";
import type { OverlayXattrs } from "../layer/mod.ts";
import { isKasaneError, mapConcurrent } from "../lib/mod.ts";
import { type ImageRecord, type Meta, openSqliteMeta } from "../meta/mod.ts";
import { findImage } from "./find.ts";
import { summarizeImages } from "./image-facts.ts";
import { KeyedLock } from "./keyed-lock.ts";
import { LayerIndexes } from "./layer-indexes.ts";
import { LayoutIndex } from "./layout-index.ts";
import { ProcessLease, withLease } from "./lease.ts";
import { loadImage } from "./local-image.ts";
import type { LocalImage, LocalStore } from "./local-store.ts";
import { canonicalName } from "./names.ts";
import { detectOwnership } from "./ownership.ts";
import { giveUpReserve } from "./reserve.ts";
import { prepareRoot } from "./root-directory.ts";
import { storeSource } from "./source.ts";
import type { StoreParts } from "./store-parts.ts";
import { makeWorkDirectory } from "./work-directory.ts";

export interface OpenOptions {
  /** Absent: found out from what the kernel lets this process do. */
  readonly xattrs?: OverlayXattrs;
  readonly ownership?: "keep" | "ignore";
  /** Makes and changes nothing; works on a read-only file system. */
  readonly readOnly?: boolean;
}

/**
 * Opens the store in `root`, and makes it where there is none: a few milliseconds, whatever is in it.
 * @throws KasaneError `conflict` for a directory that holds something else, `not-found` (read-only), `io`, `unsupported`
 */
export async function openLocalStore(root: string, options: OpenOptions = {}): Promise<LocalStore> {
  const readOnly = options.readOnly ?? false;
  const path = resolve(root);
  prepareRoot(path, { readOnly });
  const parts = openParts(path, { ...options, readOnly });
  // Whoever was killed between a change of names and its index.json left this to us.
  if (!readOnly && (await parts.layout.isStale())) await parts.layout.refresh();
  return storeOf(parts, { isReadOnly: readOnly });
}

function openParts(root: string, options: OpenOptions & { readOnly: boolean }): StoreParts {
  const blobs = openFileSystemBlobs(root);
  const meta = openMeta(root, options);
  const lease = new ProcessLease(meta);
  const locks = new KeyedLock();
  const detected = options.xattrs && options.ownership ? undefined : detectOwnership();
  return {
    root,
    blobs,
    meta,
    readOnly: options.readOnly,
    lease,
    locks,
    ownership: {
      xattrs: options.xattrs ?? detected!.xattrs,
      ownership: options.ownership ?? detected!.ownership,
    },
    indexes: new LayerIndexes({ root, blobs, meta, locks, readOnly: options.readOnly }),
    layout: new LayoutIndex({ root, meta, lease }),
  };
}

/** On a disk that is full to the last block not even its log can be opened, and then nothing could be removed. */
function openMeta(root: string, { readOnly }: { readOnly: boolean }): Meta {
  const open = () => openSqliteMeta(join(root, "meta.db"), { readOnly });
  try {
    return open();
  } catch (error) {
    if (readOnly || !giveUpReserve(root, error)) throw error;
    return open();
  }
}

/** What needs the machinery of layers is loaded when it is used: most commands never do, and start-up is what people wait for. */
function storeOf(parts: StoreParts, { isReadOnly }: { isReadOnly: boolean }): LocalStore {
  const { root, blobs, meta, lease, indexes } = parts;
  return {
    root,
    isReadOnly,
    blobs,
    meta,
    xattrs: parts.ownership.xattrs,
    withLease: (purpose, work) => withLease(meta, purpose, work),
    async find(name, { platform } = {}) {
      const found = await findImage(parts, name);
      if (found.kind === "name") return loadImage(parts, found.record, { platform });
      return loadImage(parts, found.records[0]!, { platform, child: platform ? undefined : found.child });
    },
    list: () => listImages(parts),
    summaries: () => summarizeImages(parts),
    async tag(source, names) {
      const found = await findImage(parts, source);
      const { target } = found.kind === "name" ? found.record : found.records[0]!;
      await meta.images.put({ target, names: names.map(canonicalName) });
      await parts.layout.refresh();
    },
    remove: async (name, options) => (await import("./remove.ts")).removeImage(parts, name, options),
    source: (target) => storeSource(parts, target),
    sink: (options) => {
      const sink = async () => (await import("./sink.ts")).storeSink(parts, options);
      return {
        putBlob: async (...blob) => (await sink()).putBlob(...blob),
        putManifest: async (...manifest) => (await sink()).putManifest(...manifest),
      };
    },
    writeLayer: async (content, options) =>
      (await import("./write-layer.ts")).writeLayer(parts, content, options),
    layerIndex: (layer, diffId) => indexes.get(layer, diffId),
    knownLayerIndex: (diffId) => indexes.known(diffId),
    keepLayerIndex: (index) => indexes.keep(index),
    tree: async (image) => (await import("./tree.ts")).treeOf(parts, image),
    unpack: async (image, options) => (await import("./unpack.ts")).unpackImage(parts, image, options),
    workDirectory: (purpose) => makeWorkDirectory(root, lease, purpose),
    prune: async (options) => (await import("./prune.ts")).pruneStore(parts, options),
    retain: async (options) => (await import("./retain-images.ts")).retainImages(parts, options),
    takeNames: async (names) => (await import("./retain-images.ts")).takeNames(parts, names),
    space: async () => (await import("./space/measure-images.ts")).measureImages(parts),
    async close() {
      await lease.release();
      await meta.close();
    },
  };
}

/** Newest first. An image that another process removes meanwhile is left out. */
async function listImages(parts: StoreParts): Promise<LocalImage[]> {
  const load = async (record: ImageRecord) => {
    try {
      return [await loadImage(parts, record, { isTolerant: true })];
    } catch (error) {
      if (isKasaneError(error, "not-found")) return [];
      throw error;
    }
  };
  return (await mapConcurrent(await parts.meta.images.list(), 16, load)).flat();
}
