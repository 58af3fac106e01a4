import type { BlobStore } from "../blob/mod.ts";
import type { ImageSink, ImageSource } from "../image/mod.ts";
import type {
  ImageTree,
  LayerContent,
  LayerEntry,
  LayerIndex,
  LayerPart,
  OverlayXattrs,
} from "../layer/mod.ts";
import type { ProgressListener } from "../lib/mod.ts";
import type { ImageRecord, LeaseId, Meta } from "../meta/mod.ts";
import type { Descriptor, Digest, ImageConfig, ImageManifest, Platform, RawManifest } from "../oci/mod.ts";
import type { RetentionRule } from "../retention/mod.ts";
import type { UpperToAdopt } from "./adopt-unpacked.ts";
import type { ImageSummary } from "./image-facts.ts";
import type { PruneOptions } from "./prune.ts";
import type { RetainedName } from "./retain-images.ts";
import type { DryRun } from "./space/dry-run.ts";
import type { SpaceReport } from "./space/space-report.ts";

export type { ImageSummary };

/** An image of this store, down to one platform, with what most commands ask for. */
export interface LocalImage {
  readonly record: ImageRecord;
  /** The platform's manifest: the record's target itself, or a child of it. */
  readonly raw: RawManifest;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /** Digest of the config: what tables call IMAGE ID. */
  readonly id: Digest;
}

/** A layer that was just written: everything a manifest and a config need. */
export interface WrittenLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly index: LayerIndex;
}

/** Lower directories of an unpacked image, held until release(). */
export interface UnpackedImage {
  /** Top layer first: ready for an overlay mount. */
  readonly lower: readonly string[];
  /** What the topmost layer that has one says of the root directory. */
  root(): Promise<LayerEntry | undefined>;
  release(): Promise<void>;
}

/**
 * The images of one root directory: blobs, metadata and unpacked layers together. Safe for any number of processes.
 *
 *   ROOT/oci-layout, index.json, blobs/   an OCI image layout of the local images
 *   ROOT/meta.db                          SQLite
 *   ROOT/uploads/                         blobs on their way in
 *   ROOT/indexes/sha256/<hex>             layer indexes by diffID
 *   ROOT/unpacked/<key>/fs                overlay lower directories by diffID (or chainID where a layer depends on lower ones)
 *   ROOT/containers/<id>/                 upper and work directories
 *   ROOT/volumes/<name>/                  volume.json, and the files in _data: see volumes/volume-files.ts
 *   ROOT/tmp/                             short-lived work; swept when its owner is dead
 *   ROOT/reserve                          room for a prune on a full disk
 */
export interface LocalStore {
  readonly root: string;
  /** It was opened to be read only: there are no leases, and nobody who could change anything is expected. */
  readonly isReadOnly: boolean;
  readonly blobs: BlobStore;
  readonly meta: Meta;
  /** How overlay marks are written by this process. */
  readonly xattrs: OverlayXattrs;

  /** Runs `work` under a lease that is renewed while it runs and released at its end. */
  withLease<T>(purpose: string, work: (lease: LeaseId) => Promise<T>): Promise<T>;

  /**
   * Finds an image by reference, image ID (or unique prefix of at least 2 digits, with or without sha256:), or digest. With
   * `platform` the child of an index for it; without, the host's, else the first that is complete here.
   * @throws KasaneError `not-found` (with near names in the hint), `conflict` for an ambiguous prefix
   */
  find(name: string, options?: { platform?: Platform }): Promise<LocalImage>;
  /** Newest first. An artifact or an image with a damaged config is listed with a config of the platform `unknown/unknown`. */
  list(): Promise<LocalImage[]>;
  /**
   * What lists tell of each image: names, id, times, sizes, platforms, labels. By target. Opens no manifest and no config, so that a
   * thousand images take no longer than their rows. With `repositories` (canonical, without tag) it looks only for images that have a name
   * there; it may give others as well.
   */
  summaries(options?: { repositories?: readonly string[] | undefined }): Promise<ImageSummary[]>;
  /** The ids that these show, each once. */
  imageIds(): Promise<Digest[]>;
  /** `names` as people type them; without a tag `:latest` is meant. */
  tag(source: string, names: readonly string[]): Promise<void>;
  /**
   * By name: takes the name, and the image with it when that was the last. By id: takes the image. `prune: false` keeps the bytes.
   * @throws KasaneError `conflict` for an id of an image with several names, or when a container uses it, unless `force`; `not-found`
   */
  remove(
    name: string,
    options?: { force?: boolean; prune?: boolean; dryRun?: DryRun },
  ): Promise<RemovedImage>;

  /** The whole target (index with the children that are here, or manifest). */
  source(target: Digest): ImageSource;
  /** Verifies, indexes layers in the same pass, holds everything under `lease`, and makes the image visible with the root manifest. */
  sink(options: {
    lease: LeaseId;
    names: readonly string[];
    repoDigests?: readonly string[];
    builtAtMs?: number;
  }): ImageSink;

  /** Compresses, hashes, indexes and stores entries, or an uncompressed tar, in one pass. */
  writeLayer(
    content: LayerContent,
    options: {
      lease: LeaseId;
      compression: "gzip" | "zstd" | "none";
      /** As in compress(). */
      level?: number;
      mediaTypes: "oci" | "docker";
    },
  ): Promise<WrittenLayer>;
  /** See adoptUnpacked(). */
  adopt(adopted: UpperToAdopt, options: { lease: LeaseId }): Promise<void>;
  /** The index of a layer blob; made from the blob (and kept) where it is not there yet. */
  layerIndex(layer: Descriptor, diffId: Digest): Promise<LayerIndex>;
  /** What a part of a merged tree needs of a layer: see mergeBelow(). */
  layerPart(layer: Descriptor, diffId: Digest): Promise<LayerPart>;
  /** The index that is kept for a diffID, whether or not a blob of it is here. */
  knownLayerIndex(diffId: Digest): Promise<LayerIndex | undefined>;
  /** Keeps the index of a layer that stays elsewhere, until the next prune. Only for an index whose diffID was found out from all of the layer. */
  keepLayerIndex(index: LayerIndex): Promise<void>;
  tree(image: { manifest: ImageManifest; config: ImageConfig }): Promise<ImageTree>;

  /** Unpacks what is not unpacked yet, layers side by side. Needs privilege over uids: see sandbox/ `enterUserNamespace`. */
  unpack(
    image: { manifest: ImageManifest; config: ImageConfig },
    options: { lease: LeaseId; progress?: ProgressListener },
  ): Promise<UnpackedImage>;

  /** A private empty directory on the store's file system, removed by the sweep if its owner dies. */
  workDirectory(purpose: string): Promise<{ path: string; dispose(): Promise<void> }>;

  /**
   * With `dangling` the images without a name, with `all` every image that no container uses; and always everything nothing
   * refers to: dead manifests, blobs, indexes, unpacked layers, abandoned uploads and work directories.
   * What a live lease holds stays.
   */
  prune(options?: PruneOptions): Promise<PruneReport>;
  /**
   * What rules of retention would keep of the local names, with the reason, and what each of the others would free. Changes nothing.
   */
  retain(options: { rules: readonly RetentionRule[]; nowMs?: number }): Promise<RetainedName[]>;
  /** Takes canonical names, each with its image when it was the last, unless a container uses it; and collects garbage once. */
  takeNames(names: readonly string[]): Promise<PruneReport>;
  /** What every image and each of its platforms takes, shares with others, and would free. */
  space(): Promise<SpaceReport>;
  close(): Promise<void>;
}

/** Names are canonical: the command line prints familiar ones. */
export interface RemovedImage {
  readonly untagged: readonly string[];
  /**
   * Docker's `Deleted:` lines: the id of each image that is no longer one of this store, with the chainIDs of those of its layers that are
   * really gone, from the top down.
   */
  readonly deleted: readonly Digest[];
  readonly freedBytes: number;
}

export interface PruneReport {
  /** Docker's lines, image by image: names; the image's id, and chainIDs of its layers that went along. */
  readonly images: readonly { readonly untagged: readonly string[]; readonly deleted: readonly Digest[] }[];
  readonly untagged: readonly string[];
  /** Every blob that is gone: manifests, configs, layers. */
  readonly deleted: readonly Digest[];
  readonly freedBytes: number;
}
