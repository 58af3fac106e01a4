import { join, resolve } from "node:path";
import type { OverlayXattrs } from "../layer/mod.ts";
import { isKasaneError } from "../lib/errors.ts";
import { lazyProperties } from "../lib/lazily.ts";
import type { ImageRecord, Meta } from "../meta/mod.ts";
import { openSqliteMeta } from "../meta/sqlite-meta.ts";
import { writtenRevision } from "./layout-revision.ts";
import type { ProcessLease } from "./lease.ts";
import type { LocalImage, LocalStore } from "./local-store.ts";
import type { Ownership } from "./ownership.ts";
import { prepareRoot } from "./root-directory.ts";
import type { StoreParts } from "./store-parts.ts";

export interface OpenOptions {
  /** Absent: found out from what the kernel lets this process do. */
  readonly xattrs?: OverlayXattrs;
  readonly ownership?: "keep" | "ignore";
  /** Makes and changes nothing; works on a read-only file system. */
  readonly readOnly?: boolean;
  /** For one short look: on a full disk it is an error, and the reserve is left for who frees space; little is read twice, and kept in memory. */
  readonly onlyLooks?: boolean;
}

/**
 * Opens the store in `root`, and makes it where there is none: a few milliseconds, whatever is in it.
 * @throws KasaneError `conflict` for a directory that holds something else, `not-found` (read-only), `io`, `unsupported`
 */
export async function openLocalStore(root: string, options: OpenOptions = {}): Promise<LocalStore> {
  const readOnly = options.readOnly ?? false;
  const path = resolve(root);
  prepareRoot(path, { readOnly });
  const { parts, close } = openParts(path, { ...options, readOnly });
  // Whoever was killed between a change of names and its index.json left this to us.
  const isStale = async () => writtenRevision(path) !== (await parts.meta.images.revision());
  if (!readOnly && (await isStale())) await parts.layout.refresh();
  return storeOf(parts, close);
}

/**
 * What is not asked for is not made, and its code not loaded: most commands work with two or three of these, and start-up is what people
 * wait for.
 */
function openParts(
  root: string,
  options: OpenOptions & { readOnly: boolean },
): { parts: StoreParts; close: () => Promise<void> } {
  const { readOnly } = options;
  const meta = openMeta(root, options);
  let lease: ProcessLease | undefined;
  const parts: StoreParts = lazyProperties<StoreParts>({
    root: () => root,
    meta: () => meta,
    readOnly: () => readOnly,
    lease() {
      const { ProcessLease } = require("./lease.ts") as typeof import("./lease.ts");
      lease = new ProcessLease(meta);
      return lease;
    },
    locks() {
      const { KeyedLock } = require("./keyed-lock.ts") as typeof import("./keyed-lock.ts");
      return new KeyedLock();
    },
    ownership: () => ownershipOf(options),
    blobs: () => (require("../blob/mod.ts") as typeof import("../blob/mod.ts")).openFileSystemBlobs(root),
    indexes() {
      const { LayerIndexes } = require("./layer-indexes.ts") as typeof import("./layer-indexes.ts");
      return new LayerIndexes(parts);
    },
    layout() {
      const { LayoutIndex } = require("./layout-index.ts") as typeof import("./layout-index.ts");
      return new LayoutIndex(parts);
    },
  });
  const close = async () => {
    await lease?.release();
    await meta.close();
  };
  return { parts, close };
}

function ownershipOf({ xattrs, ownership }: OpenOptions): Ownership {
  if (xattrs && ownership) return { xattrs, ownership };
  const { detectOwnership } = require("./ownership.ts") as typeof import("./ownership.ts");
  const detected = detectOwnership();
  return { xattrs: xattrs ?? detected.xattrs, ownership: ownership ?? detected.ownership };
}

/** On a disk that is full to the last block not even its log can be opened, and then nothing could be removed. */
function openMeta(
  root: string,
  { readOnly, onlyLooks = false }: { readOnly: boolean; onlyLooks?: boolean },
): Meta {
  const open = () => openSqliteMeta(join(root, "meta.db"), { readOnly, isShort: onlyLooks });
  try {
    return open();
  } catch (error) {
    if (readOnly || onlyLooks) throw error;
    const { giveUpReserve } = require("./reserve.ts") as typeof import("./reserve.ts");
    if (!giveUpReserve(root, error)) throw error;
    return open();
  }
}

function storeOf(parts: StoreParts, close: () => Promise<void>): LocalStore {
  const { root, meta } = parts;
  return {
    root,
    isReadOnly: parts.readOnly,
    get blobs() {
      return parts.blobs;
    },
    meta,
    get xattrs() {
      return parts.ownership.xattrs;
    },
    withLease: async (purpose, work) => (await import("./lease.ts")).withLease(meta, purpose, work),
    async find(name, { platform } = {}) {
      const { findImage } = await import("./find.ts");
      const { loadImage } = await import("./local-image.ts");
      const found = await findImage(parts, name);
      if (found.kind === "name") return loadImage(parts, found.record, { platform });
      return loadImage(parts, found.records[0]!, { platform, child: platform ? undefined : found.child });
    },
    list: () => listImages(parts),
    summaries: async (options) => (await import("./image-facts.ts")).summarizeImages(parts, options),
    imageIds: async () => (await import("./image-facts.ts")).listImageIds(parts),
    async tag(source, names) {
      const { findImage } = await import("./find.ts");
      const { canonicalName } = await import("./names.ts");
      const found = await findImage(parts, source);
      const { target } = found.kind === "name" ? found.record : found.records[0]!;
      await meta.images.put({ target, names: names.map(canonicalName) });
      await parts.layout.refresh();
    },
    remove: async (name, options) => (await import("./remove.ts")).removeImage(parts, name, options),
    source(target) {
      const { storeSource } = require("./source.ts") as typeof import("./source.ts");
      return storeSource(parts, target);
    },
    sink: (options) => {
      const sink = async () => (await import("./sink.ts")).storeSink(parts, options);
      return {
        putBlob: async (...blob) => (await sink()).putBlob(...blob),
        putManifest: async (...manifest) => (await sink()).putManifest(...manifest),
      };
    },
    adopt: async (adopted, { lease }) =>
      (await import("./adopt-unpacked.ts")).adoptUnpacked(parts, adopted, lease),
    writeLayer: async (content, options) =>
      (await import("./write-layer.ts")).writeLayer(parts, content, options),
    layerIndex: (layer, diffId) => parts.indexes.get(layer, diffId),
    layerPart: (layer, diffId) => parts.indexes.part(layer, diffId),
    knownLayerIndex: (diffId) => parts.indexes.known(diffId),
    keepLayerIndex: (index) => parts.indexes.keep(index),
    tree: async (image) => (await import("./tree.ts")).treeOf(parts, image),
    unpack: async (image, options) => (await import("./unpack.ts")).unpackImage(parts, image, options),
    async workDirectory(purpose) {
      return (await import("./work-directory.ts")).makeWorkDirectory(root, parts.lease, purpose);
    },
    prune: async (options) => (await import("./prune.ts")).pruneStore(parts, options),
    retain: async (options) => (await import("./retain-images.ts")).retainImages(parts, options),
    takeNames: async (names) => (await import("./retain-images.ts")).takeNames(parts, names),
    space: async () => (await import("./space/measure-images.ts")).measureImages(parts),
    close,
  };
}

/** Newest first. An image that another process removes meanwhile is left out. */
async function listImages(parts: StoreParts): Promise<LocalImage[]> {
  const [{ loadImage }, { mapConcurrent }] = await Promise.all([
    import("./local-image.ts"),
    import("../lib/pool.ts"),
  ]);
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
