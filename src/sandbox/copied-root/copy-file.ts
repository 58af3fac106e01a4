import { closeSync, constants, readSync, writeSync } from "node:fs";
import {
  AT_SYMLINK_NOFOLLOW,
  type CString,
  cString,
  errnoName,
  type FileStatus,
  fileCalls,
  O_CLOEXEC,
  ok,
  readLinkAt,
  setXattrAt,
  statusAt,
  xattrsAt,
} from "../../lib/libc/mod.ts";
import { copiedUpperXattr, fuseUpperXattr } from "../../lib/mod.ts";
import { attempt, sys } from "../stage/kernel.ts";

/** Something that is no directory: `name` in one open directory, to become `name` in another. */
export interface Copied {
  readonly from: number;
  readonly to: number;
  readonly name: Uint8Array;
  readonly status: FileStatus;
}

/** Copies a file, link, device or fifo with all it has. Devices that this process may not make are left out, as sockets are. */
export function copyFile(copied: Copied): void {
  const { from, to, name, status } = copied;
  const calls = fileCalls();
  const called = cString(name);
  switch (status.kind) {
    case "socket":
      return;
    case "symlink":
      ok(calls.symlinkat(cString(readLinkAt(from, called)), to, called), "symlinkat");
      break;
    case "file":
      copyContent(from, to, called);
      break;
    default: {
      const { deviceMajor, deviceMinor } = status;
      const made = calls.mknodat(to, called, kinds[status.kind] | 0o600, deviceMajor, deviceMinor);
      if (made < 0 && errnoName(-made) === "EPERM") return;
      ok(made, "mknodat");
    }
  }
  copyAttributes({ from, to, name });
}

const kinds = {
  "character-device": constants.S_IFCHR,
  "block-device": constants.S_IFBLK,
  fifo: constants.S_IFIFO,
  directory: constants.S_IFDIR,
};

const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | O_CLOEXEC;
const makeFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | O_CLOEXEC;
const chunkBytes = 1 << 20;

/** By the file system where it can (sharing the blocks, if that is what it does), else by reading and writing. */
function copyContent(from: number, to: number, name: CString): void {
  const calls = fileCalls();
  const source = ok(calls.openat(from, name, readFlags, 0), "openat");
  let target: number | undefined;
  try {
    target = ok(calls.openat(to, name, makeFlags, 0o600), "openat");
    const copy = () => sys("copy_file_range", source, null, target!, null, 1 << 30, 0);
    let copied = 1;
    const isDone = attempt(
      () => {
        while (copied > 0) copied = copy();
      },
      ...["EXDEV", "EINVAL", "ENOSYS", "ENOTSUP", "EPERM"],
    );
    if (isDone) return;
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (let length = 1; length > 0; ) {
      length = readSync(source, buffer);
      for (let at = 0; at < length; ) at += writeSync(target, buffer, at, length - at);
    }
  } finally {
    closeSync(source);
    if (target !== undefined) closeSync(target);
  }
}

export interface Attributed {
  readonly from: number;
  readonly to: number;
  /** Absent: the open directories themselves. */
  readonly name?: Uint8Array;
}

/** Owner, mode, xattrs and times, in the order in which none undoes another. */
export function copyAttributes({ from, to, name }: Attributed): void {
  const calls = fileCalls();
  const called = cString(name ?? ".");
  const status = statusAt(from, called)!;
  const made = statusAt(to, called)!;
  if (status.uid !== made.uid || status.gid !== made.gid)
    ok(calls.fchownat(to, called, status.uid, status.gid, AT_SYMLINK_NOFOLLOW), "fchownat");
  if (status.kind !== "symlink") ok(calls.fchmodat(to, called, status.mode, 0), "fchmodat");
  for (const [key, value] of xattrsAt(from, name)) {
    if (!isCopied(key)) continue;
    const result = setXattrAt(to, name, key, value);
    // What this file system or user namespace does not take stays away, as when a layer is unpacked.
    if (result < 0 && machineFailures.includes(errnoName(-result))) ok(result, "lsetxattr", key);
  }
  const { seconds, nanoseconds } = status.modified;
  const times = BigInt64Array.of(BigInt(seconds), BigInt(nanoseconds), BigInt(seconds), BigInt(nanoseconds));
  ok(calls.utimensat(to, called, new Uint8Array(times.buffer), AT_SYMLINK_NOFOLLOW), "utimensat");
}

const machineFailures = ["ENOSPC", "EDQUOT", "EIO", "ENOMEM"];
const marks = ["trusted.overlay.", "user.overlay.", "user.fuseoverlayfs.", fuseUpperXattr, copiedUpperXattr];

/** Labels of a security module are the machine's to give. */
function isCopied(key: string): boolean {
  if (key.startsWith("user.") || key.startsWith("trusted."))
    return !marks.some((mark) => key.startsWith(mark));
  return key === "security.capability" || key.startsWith("system.posix_acl_");
}
