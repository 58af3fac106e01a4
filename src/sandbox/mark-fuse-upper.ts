import { closeSync, constants, openSync } from "node:fs";
import { setXattrOf } from "../lib/libc/mod.ts";
import { fuseUpperXattr } from "../lib/mod.ts";

/** Leaves word for readers of an upper directory that fuse-overlayfs writes it, where the file system can keep that. */
export function markFuseUpper(upper: string): void {
  const directory = openSync(upper, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    setXattrOf(directory, fuseUpperXattr, Uint8Array.of(0x79));
  } finally {
    closeSync(directory);
  }
}
