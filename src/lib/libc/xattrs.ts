import { type CString, cString } from "./c-string.ts";
import { fileCalls, ok } from "./file-calls.ts";
import { errnoName } from "./system-error.ts";

const listBytes = 64 * 1024;
let buffer: Uint8Array | undefined;

/**
 * A path to `name` in an open directory for the calls that take only paths: through the kernel's own link to the descriptor, so
 * that no part of the way can be a link of somebody else's. The xattr calls do not follow the last part.
 */
function pathAt(directory: number, name: Uint8Array | undefined): CString {
  const way = `/proc/self/fd/${directory}/`;
  if (name === undefined) return cString(`${way}.`);
  // ASCII, and the NUL is there from the start.
  const path = Buffer.alloc(way.length + name.length + 1);
  path.write(way, "latin1");
  path.set(name, way.length);
  return path;
}

/** Extended attributes of `name` in an open directory (of the directory itself without a name), sorted by key. Empty where there are none to have. */
export function xattrsAt(directory: number, name?: Uint8Array, shownAs?: string): Map<string, Uint8Array> {
  const calls = fileCalls();
  const path = pathAt(directory, name);
  buffer ??= new Uint8Array(listBytes);
  const listed = calls.llistxattr(path, buffer, buffer.length);
  const found = new Map<string, Uint8Array>();
  if (listed <= 0) {
    if (listed < 0 && errnoName(-listed) !== "ENOTSUP") ok(listed, "llistxattr", shownAs);
    return found;
  }
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
