import { type FileStatus, readDirectory, readLinkAt, statusAt, xattrsAt } from "../lib/libc/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { decodeName, encodeName, sortNames, type TarEntry } from "../tar/mod.ts";
import {
  type DirectoryHandles,
  joinPath,
  lastName,
  nameInDirectory,
  parentPath,
} from "./directory-handles.ts";
import { imageXattrs } from "./image-xattrs.ts";
import { ownerXattr } from "./overlay.ts";
import { show } from "./unpack-error.ts";

/** One path of a directory tree as it would stand in a tar. */
export interface DiskEntry {
  readonly entry: TarEntry;
  readonly status: FileStatus;
  /** All xattrs, those that are no part of an image as well. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

export interface ReadTreeOptions {
  /** `ignore`: files belong to the caller and the true owner is in `user.kasane.owner`. Default: `keep`. */
  readonly ownership?: "keep" | "ignore";
}

const maxPathBytes = 4096;

/** The names in a directory, sorted by their bytes. */
export function sortedNames(directory: DirectoryHandles, path: string): string[] {
  const handle = openOrThrow(directory, path);
  return sortNames(readDirectory(handle, path).map((name) => checkedName(path, decodeName(name))));
}

/** A longer path could be written but by nobody unpacked. */
function checkedName(path: string, name: string): string {
  if (path.length + name.length < maxPathBytes / 3) return name;
  if (encodeName(joinPath(path, name)).length <= maxPathBytes) return name;
  throw new KasaneError(
    "limit-exceeded",
    `the path ${show(joinPath(path, name))} is longer than ${maxPathBytes} bytes`,
  );
}

/** What stands at a clean path. The root is a directory called `""`. */
export function readEntry(
  directory: DirectoryHandles,
  path: string,
  options: ReadTreeOptions,
): DiskEntry | undefined {
  const handle = openOrThrow(directory, path === "" ? "" : parentPath(path));
  const name = path === "" ? undefined : lastName(path);
  const cName = name === undefined ? undefined : nameInDirectory(name);
  const status = statusAt(handle, cName, path);
  if (status === undefined) return undefined;
  const xattrs = xattrsAt(handle, name === undefined ? undefined : encodeName(name), path);
  const kept = imageXattrs(xattrs);
  const owner = ownerOf(status, xattrs, options);
  const { kind } = status;
  const entry: TarEntry = {
    path,
    // Sockets are nobody's to write: the callers leave them out.
    type: kind === "socket" ? "fifo" : kind,
    mode: kind === "symlink" ? 0o777 : status.mode,
    uid: owner.uid,
    gid: owner.gid,
    sizeBytes: kind === "file" ? status.sizeBytes : 0,
    modified: status.modified,
    ...(kind === "symlink" ? { linkTarget: decodeName(readLinkAt(handle, cName!, path)) } : {}),
    ...(kind === "character-device" || kind === "block-device"
      ? { deviceMajor: status.deviceMajor, deviceMinor: status.deviceMinor }
      : {}),
    ...(kept.size === 0 ? {} : { xattrs: kept }),
  };
  return { entry, status, xattrs };
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const rootOwner: Owner = { uid: 0, gid: 0 };

/**
 * The xattr is only looked at where everything belongs to one user. Elsewhere any process could write it on a file of its own and
 * have the file come out as root's.
 */
function ownerOf(
  status: FileStatus,
  xattrs: ReadonlyMap<string, Uint8Array>,
  options: ReadTreeOptions,
): Owner {
  if (options.ownership !== "ignore") return { uid: status.uid, gid: status.gid };
  const kept = xattrs.get(ownerXattr);
  const match =
    kept === undefined ? null : /^(\d{1,10}):(\d{1,10})$/.exec(Buffer.from(kept).toString("latin1"));
  return match === null ? rootOwner : { uid: Number(match[1]), gid: Number(match[2]) };
}

function openOrThrow(directory: DirectoryHandles, path: string): number {
  const handle = directory.open(path);
  if (handle !== undefined) return handle;
  throw new KasaneError("io", `the directory ${show(path)} went away while it was read`);
}
