import type { Digest } from "../oci/mod.ts";
import type { TarEntryType, Timestamp } from "../tar/mod.ts";

/**
 * One path of a layer as the layer index keeps it. `path` is clean: no leading or trailing slash, no `.` or `..`,
 * `""` is the root directory. Whiteouts stand under the path they hide.
 */
export interface LayerEntry {
  readonly path: string;
  /** `whiteout` hides `path` of lower layers; `opaque` hides all lower children of directory `path`. */
  readonly type: TarEntryType | "whiteout" | "opaque";
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly modified: Timestamp;
  /** Symlink: as it stands. Hard link: the clean path of the target inside the image. */
  readonly linkTarget?: string;
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  /** Files only. */
  readonly contentDigest?: Digest;
  /** Files only: where the content starts in the uncompressed tar. Absent for sparse files, which are not stored as they are. */
  readonly contentOffset?: number;
  /** Sparse files only: where what is stored of them starts. Their content is read by readLayerFiles(). */
  readonly sparseOffset?: number;
}

/** Everything one streaming pass over a layer finds out. Entries are in archive order; a later one of the same path wins. */
export interface LayerIndex {
  readonly diffId: Digest;
  /** Bytes of the uncompressed tar. */
  readonly tarSizeBytes: number;
  readonly entries: readonly LayerEntry[];
}
