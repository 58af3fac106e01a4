import { constants } from "node:fs";
import { constants as osConstants } from "node:os";
import type { CString } from "./c-string.ts";
import { AT_SYMLINK_NOFOLLOW, fileCalls, ok } from "./file-calls.ts";

export type FileKind =
  | "file"
  | "directory"
  | "symlink"
  | "character-device"
  | "block-device"
  | "fifo"
  | "socket";

/** What statx(2) says of one name, links not followed. */
export interface FileStatus {
  readonly kind: FileKind;
  /** Permission bits with set-id and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly linkCount: number;
  /** Equal for all names of one file: device and inode number. */
  readonly identity: string;
  readonly sizeBytes: number;
  readonly modified: { readonly seconds: number; readonly nanoseconds: number };
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
const kinds = new Map<number, FileKind>([
  [constants.S_IFREG, "file"],
  [constants.S_IFDIR, "directory"],
  [constants.S_IFLNK, "symlink"],
  [constants.S_IFCHR, "character-device"],
  [constants.S_IFBLK, "block-device"],
  [constants.S_IFIFO, "fifo"],
  [constants.S_IFSOCK, "socket"],
]);
const bytes = new Uint8Array(256);
const words = new Uint32Array(bytes.buffer);
const signedWords = new Int32Array(bytes.buffer);
const emptyName = Uint8Array.of(0);

/** The status of `name` in an open directory, or of the directory itself without a name; undefined when nothing is there. */
export function statusAt(directory: number, name?: CString, shownAs?: string): FileStatus | undefined {
  const flags = AT_SYMLINK_NOFOLLOW | (name === undefined ? AT_EMPTY_PATH : 0);
  const result = fileCalls().statx(directory, name ?? emptyName, flags, STATX_BASIC_STATS, bytes);
  if (result === -osConstants.errno.ENOENT) return undefined;
  ok(result, "statx", shownAs);
  return readStatus();
}

/** Offsets of struct statx in words, the same on every 64-bit machine (little-endian ones are all that Bun runs on). */
function readStatus(): FileStatus {
  const mode = words[7]! & 0xffff;
  return {
    kind: kinds.get(mode & constants.S_IFMT) ?? "socket",
    mode: mode & 0o7777,
    uid: words[5]!,
    gid: words[6]!,
    linkCount: words[4]!,
    identity: `${words[34]}:${words[35]}:${words[9]}:${words[8]}`,
    sizeBytes: words[10]! + words[11]! * 2 ** 32,
    modified: { seconds: words[28]! + signedWords[29]! * 2 ** 32, nanoseconds: words[30]! },
    deviceMajor: words[32]!,
    deviceMinor: words[33]!,
  };
}

const linkBytes = new Uint8Array(4096);

/** The target of symlink `name` in an open directory, as bytes: it need not be UTF-8. */
export function readLinkAt(directory: number, name: CString, shownAs?: string): Uint8Array {
  const length = ok(
    fileCalls().readlinkat(directory, name, linkBytes, linkBytes.length),
    "readlinkat",
    shownAs,
  );
  return linkBytes.slice(0, length);
}
