import {
  AT_SYMLINK_NOFOLLOW,
  type CString,
  errnoName,
  fileCalls,
  ok,
  setXattrAt,
  setXattrOf,
} from "../lib/libc/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import type { Timestamp } from "../tar/mod.ts";
import { encodeName } from "../tar/name-bytes.ts";
import { nameInDirectory } from "./directory-handles.ts";
import { isBookkeepingXattr, ownerXattr } from "./overlay.ts";
import { refused, show } from "./unpack-error.ts";

/** What a file has besides its content. */
export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modified: Timestamp;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

/** What a directory gets that nobody describes. */
export const impliedAttributes: Attributes = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  modified: { seconds: 0, nanoseconds: 0 },
};

export interface AttributeOptions {
  /** `ignore`: nothing is chowned, the true owner is kept in `user.kasane.owner`. `drop`: it is not kept at all. */
  readonly ownership: "keep" | "ignore" | "drop";
  /** Hears of what could not be kept. */
  readonly warn?: (message: string) => void;
}

const maxId = 0xffff_fffe;
/** Reasons that say nothing about the xattr. */
const machineFailures = new Set(["ENOSPC", "EDQUOT", "EIO", "ENOMEM"]);

/**
 * Gives a file or directory, open as `descriptor`, its attributes. The order matters: a change of owner clears set-id bits and
 * capabilities, and everything else may change the time.
 */
export function setAttributes(
  descriptor: number,
  path: string,
  attributes: Attributes,
  options: AttributeOptions,
): void {
  const calls = fileCalls();
  if (options.ownership === "keep") {
    checkOwner(attributes, path);
    ok(calls.fchown(descriptor, attributes.uid, attributes.gid), "fchown", path);
  }
  ok(calls.fchmod(descriptor, attributes.mode & 0o7777), "fchmod", path);
  const set = (key: string, value: Uint8Array) => setXattrOf(descriptor, key, value);
  setXattrs(attributes, path, options, set);
  if (options.ownership === "ignore" && (attributes.uid !== 0 || attributes.gid !== 0)) {
    const owner = Buffer.from(`${attributes.uid}:${attributes.gid}`);
    const result = set(ownerXattr, owner);
    if (result < 0)
      options.warn?.(`the owner of ${show(path)} could not be kept in an xattr (${errnoName(-result)})`);
  }
  ok(calls.futimens(descriptor, timeBytesOf(attributes.modified)), "futimens", path);
}

/** setAttributes() for what cannot be opened: a symlink, device or fifo called `name` in an open directory. */
export function setAttributesAt(
  place: { readonly directory: number; readonly name: string; readonly path: string },
  attributes: Attributes,
  options: AttributeOptions & { readonly isSymlink: boolean },
): void {
  const calls = fileCalls();
  const { directory, path } = place;
  const name = nameInDirectory(place.name);
  if (options.ownership === "keep") {
    checkOwner(attributes, path);
    const { uid, gid } = attributes;
    ok(calls.fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW), "fchownat", path);
  }
  if (!options.isSymlink) ok(calls.fchmodat(directory, name, attributes.mode & 0o7777, 0), "fchmodat", path);
  const bytes = encodeName(place.name);
  setXattrs(attributes, path, options, (key, value) => setXattrAt(directory, bytes, key, value));
  ok(
    calls.utimensat(directory, name, timeBytesOf(attributes.modified), AT_SYMLINK_NOFOLLOW),
    "utimensat",
    path,
  );
}

/** Sets the times of `name` in an open directory (a link's own), or of the directory itself without a name. */
export function setTimesAt(
  directory: number,
  name: CString | undefined,
  modified: Timestamp,
  path: string,
): void {
  const calls = fileCalls();
  const bytes = timeBytesOf(modified);
  if (name === undefined) ok(calls.futimens(directory, bytes), "futimens", path);
  else ok(calls.utimensat(directory, name, bytes, AT_SYMLINK_NOFOLLOW), "utimensat", path);
}

function setXattrs(
  attributes: Attributes,
  path: string,
  options: AttributeOptions,
  set: (key: string, value: Uint8Array) => number,
): void {
  if (attributes.xattrs === undefined) return;
  for (const [key, value] of attributes.xattrs) {
    if (isBookkeepingXattr(key)) {
      options.warn?.(`the xattr ${show(key)} of ${show(path)} is reserved and was left out`);
      continue;
    }
    const result = set(key, value);
    if (result >= 0) continue;
    const reason = errnoName(-result);
    // Other engines go on without xattrs that the file system or a user namespace refuses. A lost capability breaks the program
    // that needs it, much later and without a trace, so that one is an error wherever it could have been kept.
    const mayBeLost = options.ownership !== "keep" || key !== "security.capability";
    if (mayBeLost && !machineFailures.has(reason)) {
      options.warn?.(`the xattr ${show(key)} of ${show(path)} could not be set (${reason})`);
      continue;
    }
    if (key === "security.capability" && (reason === "ENOTSUP" || reason === "EPERM")) {
      throw new KasaneError("unsupported", `cannot set the file capabilities of ${show(path)} (${reason})`, {
        hint: "the store must be on a file system that keeps security.capability (ext4, xfs, btrfs, tmpfs)",
      });
    }
    ok(result, `setxattr ${key}`, path);
  }
}

/** -1 means "leave as it is" to chown, which is not what an archive can ask for. */
function checkOwner({ uid, gid }: Attributes, path: string): void {
  if (uid <= maxId && gid <= maxId && uid >= 0 && gid >= 0) return;
  throw refused(path, `no file can have the owner ${uid}:${gid}`);
}

const times = new BigInt64Array(4);

/** Access and modification time as two struct timespec. The result is overwritten by the next call. */
export function timeBytesOf({ seconds, nanoseconds }: Timestamp): Uint8Array {
  times[0] = BigInt(seconds);
  times[1] = BigInt(nanoseconds);
  times[2] = times[0];
  times[3] = times[1];
  return timeBytes;
}

const timeBytes = new Uint8Array(times.buffer);
