import type { BlobStore } from "../../blob/mod.ts";
import type { Meta } from "../../meta/mod.ts";

/** A LocalStore, or its parts. */
export interface ServedStore {
  readonly blobs: BlobStore;
  readonly meta: Meta;
  readonly root?: string;
}
