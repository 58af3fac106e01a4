import { constants as fileConstants } from "node:fs";
import { constants } from "node:os";
import { errnoName, fileCalls, ok, removeXattrAt, setXattrOf, xattrsAt } from "../lib/libc/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { type AttributeOptions, setAttributes, timeBytesOf } from "./attributes.ts";
import { nameInDirectory } from "./directory-handles.ts";
import { opaqueMarker } from "./layer-path.ts";
import { isOnOverlay } from "./on-overlay.ts";
import { isBookkeepingXattr, type OverlayXattrs, opaqueXattr, ownerXattr } from "./overlay.ts";
import { show, unpackError } from "./unpack-error.ts";
import type { UnpackRoot } from "./unpack-root.ts";

const { S_IFREG } = fileConstants;
const yes = Buffer.from("y");

/**
 * Gives the directories of a layer their attributes, when nothing is put into them any more: their times would change, a default ACL
 * would reach the files, and a mode without write permission would keep an ordinary user out. Deepest first.
 */
export function finishDirectories(
  root: UnpackRoot,
  options: AttributeOptions & { readonly xattrs?: OverlayXattrs },
): void {
  const depth = (path: string) => path.split("/").length;
  const deepestFirst = [...root.directories].map(([path, attributes]) => ({
    path,
    attributes,
    depth: path === "" ? 0 : depth(path),
  }));
  deepestFirst.sort((a, b) => b.depth - a.depth);
  for (const { path, attributes } of deepestFirst) {
    const handle = root.handles.open(path);
    // Something else took its place later.
    if (handle === undefined) continue;
    try {
      if (options.xattrs !== undefined && root.lower.isOpaque(path)) markOpaque(handle, path, options.xattrs);
      if (!root.isOverlay) clearXattrs(handle, path);
      setAttributes(handle, path, attributes, options);
    } catch (error) {
      throw unpackError(path, error);
    }
  }
  for (const [path, modified] of root.touched) {
    const handle = root.directories.has(path) ? undefined : root.handles.open(path);
    if (handle !== undefined) ok(fileCalls().futimens(handle, timeBytesOf(modified)), "futimens", path);
  }
}

function markOpaque(handle: number, path: string, xattrs: OverlayXattrs): void {
  const result = setXattrOf(handle, opaqueXattr(xattrs), yes);
  if (result >= 0) return;
  if (isOnOverlay(handle)) {
    const marked = fileCalls().mknodat(handle, nameInDirectory(opaqueMarker), S_IFREG, 0, 0);
    if (marked !== -constants.errno.EEXIST) ok(marked, "mknodat", path);
    return;
  }
  throw new KasaneError("unsupported", `cannot mark ${show(path)} as opaque (${errnoName(-result)})`, {
    hint: `the store must be on a file system with ${xattrs}.* extended attributes`,
  });
}

const gone = [constants.errno.ENODATA, constants.errno.EPERM, constants.errno.ENOTSUP];

/** A directory that was there already keeps nothing of what it had: the layer's entry says everything about it. */
function clearXattrs(handle: number, path: string): void {
  for (const key of xattrsAt(handle, undefined, path).keys()) {
    if (isBookkeepingXattr(key) && key !== ownerXattr) continue;
    const result = removeXattrAt(handle, undefined, key);
    if (!gone.includes(-result)) ok(result, "removexattr", path);
  }
}
