import type { BlobReader, BlobStore } from "../blob/mod.ts";
import type { Meta } from "../meta/mod.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import type { LayerIndexes } from "./layer-indexes.ts";
import type { LayoutIndex } from "./layout-index.ts";
import type { ProcessLease } from "./lease.ts";
import type { Ownership } from "./ownership.ts";

/** What looking at images takes. */
export interface ReadParts {
  readonly root: string;
  readonly blobs: BlobReader;
  readonly meta: ImageMeta;
  /** Also what is found out is not kept. */
  readonly readOnly: boolean;
}

/** What is asked of `meta/` for that. */
export type ImageMeta = Pick<Meta, "images" | "manifests" | "layers" | "containers">;

/** What the operations of an open store share. Each operation is a function of its own file. */
export interface StoreParts extends ReadParts {
  readonly blobs: BlobStore;
  readonly meta: Meta;
  readonly ownership: Ownership;
  readonly lease: ProcessLease;
  readonly indexes: LayerIndexes;
  readonly layout: LayoutIndex;
  /** One writer of a thing within this process; leases keep the other processes off. */
  readonly locks: KeyedLock;
}
