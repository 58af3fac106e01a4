import { type CString, cString } from "./c-string.ts";
import { fileCalls, ok } from "./file-calls.ts";
import { errnoName } from "./system-error.ts";

const listBytes = 64 * 1024;
let buffer: Uint8Array | undefined;

/** Used again for each call, which is over before the next one begins. */
const pathBytes = Buffer.alloc(4096 + 64);
let wayDirectory = -1;
let wayLength = 0;

/**
 * A path to `name` in an open directory for the calls that take only paths: through the kernel's own link to the descriptor, so
 * that no part of the way can be a link of somebody else's. The xattr calls do not follow the last part. Good until the next call.
 */
function pathAt(directory: number, name: Uint8Array | undefined): CString {
  if (directory !== wayDirectory) {
    wayLength = pathBytes.write(`/proc/self/fd/${directory}/`, "latin1");
    wayDirectory = directory;
  }
  const end = wayLength + (name ?? dot).length;
  if (end >= pathBytes.length || name?.includes(0)) return cString(name!);
  pathBytes.set(name ?? dot, wayLength);
  pathBytes[end] = 0;
  return pathBytes;
}

const dot = Buffer.from(".");
const none: ReadonlyMap<string, Uint8Array> = new Map();

/** Extended attributes of `name` in an open directory (of the directory itself without a name), sorted by key. Empty where there are none to have. */
export function xattrsAt(
  directory: number,
  name?: Uint8Array,
  shownAs?: string,
): ReadonlyMap<string, Uint8Array> {
  const calls = fileCalls();
  const path = pathAt(directory, name);
  buffer ??= new Uint8Array(listBytes);
  const listed = calls.llistxattr(path, buffer, buffer.length);
  if (listed <= 0) {
    if (listed < 0 && errnoName(-listed) !== "ENOTSUP") ok(listed, "llistxattr", shownAs);
    return none;
  }
  const found = new Map<string, Uint8Array>();
  const keys = Buffer.from(buffer.subarray(0, listed)).toString("utf8").split("\0").slice(0, -1).sort();
  for (const key of keys) {
    const size = calls.lgetxattr(path, cString(key), buffer, buffer.length);
    // Keys may be listed that this process may not read, or that go away meanwhile.
    if (size >= 0) found.set(key, buffer.slice(0, size));
    else if (!["ENODATA", "ENOTSUP", "EPERM"].includes(errnoName(-size))) ok(size, "lgetxattr", shownAs);
  }
  return found;
}

const empty = new Uint8Array(1);

/** Kernel style: 0 or `-errno`. */
export function setXattrAt(
  directory: number,
  name: Uint8Array | undefined,
  key: string,
  value: Uint8Array,
): number {
  return fileCalls().lsetxattr(
    pathAt(directory, name),
    cString(key),
    value.length === 0 ? empty : value,
    value.length,
    0,
  );
}

/** Kernel style: 0 or `-errno`. */
export function setXattrOf(file: number, key: string, value: Uint8Array): number {
  return fileCalls().fsetxattr(file, cString(key), value.length === 0 ? empty : value, value.length, 0);
}

/** Kernel style: 0 or `-errno`. */
export function removeXattrAt(directory: number, name: Uint8Array | undefined, key: string): number {
  return fileCalls().lremovexattr(pathAt(directory, name), cString(key));
}
