import { statfsSync } from "node:fs";

const overlayMagic = 0x794c7630;

/**
 * True for a directory of an overlay. The kernel mounts no overlay that is written to on top of it, and lets nobody make its own marks there: only
 * fuse-overlayfs does, and reads the marks of layers (`.wh.NAME`) as well.
 */
export function isOnOverlay(directory: number): boolean {
  return statfsSync(`/proc/self/fd/${directory}`).type === overlayMagic;
}
