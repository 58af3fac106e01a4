import type { KeeperKind } from "../../meta/mod.ts";
import type { Digest, Platform } from "../../oci/mod.ts";

/**
 * What something takes, in bytes of files. `storedBytes` is always `sharedBytes` and `freedBytes` together.
 */
export interface Space {
  /** Bytes that moved to bring it here: manifests, configs, and layers as they are compressed; each once. */
  readonly transferredBytes: number;
  /** What the store has of it: those, indexes of its layers, and directories that layers are unpacked in. */
  readonly storedBytes: number;
  /** Files of its layers, as large as they are when unpacked: what that takes, or would take where they are not. */
  readonly unpackedBytes: number;
  /** The part of what is stored that something else has as well: another image or platform, a hosted repository, the build cache, a container. */
  readonly sharedBytes: number;
  /** What removing it alone would free. */
  readonly freedBytes: number;
}

/** An image manifest of an image. */
export interface PlatformSpace extends Space {
  readonly manifest: Digest;
  /** The image ID. */
  readonly id: Digest;
  /** As the index says; absent where the target is no index. */
  readonly platform?: Platform;
}

/** A local image with everything that belongs to it. */
export interface ImageSpace extends Space {
  readonly target: Digest;
  /** Those that are here, each once, in the order of the index; attestations are counted, but not listed. */
  readonly platforms: readonly PlatformSpace[];
  /** What beside local images keeps a part of it. */
  readonly keptBy: readonly KeeperKind[];
}

/** Docker's figures for an image: unpacked layers, where a layer on top of other layers is another one. */
export interface LayersSpace {
  readonly sizeBytes: number;
  /** What of that another image has as well. */
  readonly sharedBytes: number;
}

/** Each is counted when it is asked for. */
export interface SpaceReport {
  /** By target. */
  images(): Promise<ReadonlyMap<Digest, ImageSpace>>;
  /** All local images together: each file once. `freedBytes`: if all of them were removed. */
  total(): Promise<Space>;
  /** Every blob that a local image leads to. */
  imageBlobs(): Promise<ReadonlySet<Digest>>;
  /** The layers of the build cache. `freedBytes`: if all of it was pruned. */
  cache(): Promise<{ readonly storedBytes: number; readonly freedBytes: number }>;
  /** Docker's size of all images together: each layer once for every stack of layers it stands on. */
  layersBytes(): Promise<number>;
  /** By image ID. */
  layersOf(ids: readonly Digest[]): Promise<ReadonlyMap<Digest, LayersSpace>>;
}
