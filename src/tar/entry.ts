export type TarEntryType =
  | "file"
  | "directory"
  | "symlink"
  | "hardlink"
  | "character-device"
  | "block-device"
  | "fifo";

/** Seconds since the epoch (may be negative) and nanoseconds 0…999,999,999. */
export interface Timestamp {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** One member of a tar, independent of the dialect it was written in. */
export interface TarEntry {
  /** As it stands in the archive: not cleaned, not checked. Trailing slashes are kept by the reader. */
  readonly path: string;
  readonly type: TarEntryType;
  /** Permission bits with set-id and sticky: 0…0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly userName?: string;
  readonly groupName?: string;
  /** Bytes of content that follow; 0 for everything but files. */
  readonly sizeBytes: number;
  readonly modified: Timestamp;
  /** Target of a symlink or hard link, as it stands. */
  readonly linkTarget?: string;
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
  /** From PAX SCHILY.xattr. Keys with their namespace: `security.capability`, `user.x`. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}
