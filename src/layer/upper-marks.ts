import { type OverlayXattrs, opaqueXattr } from "./overlay.ts";
import type { DiskEntry } from "./read-tree.ts";
import { isWhiteoutStatus } from "./unpack-root.ts";

/** The mark in an upper directory for a name that is gone. */
export function isWhiteout({ status, xattrs }: DiskEntry, prefix: OverlayXattrs): boolean {
  if (isWhiteoutStatus(status)) return true;
  // The form that can be unpacked inside another overlay (since Linux 6.7).
  return status.kind === "file" && status.sizeBytes === 0 && xattrs.has(`${prefix}.overlay.whiteout`);
}

/** True for a directory through which nothing of the layers below is seen. */
export function isOpaque(disk: DiskEntry | undefined, prefix: OverlayXattrs): boolean {
  const value = disk?.xattrs.get(opaqueXattr(prefix));
  return value?.length === 1 && value[0] === 0x79;
}
