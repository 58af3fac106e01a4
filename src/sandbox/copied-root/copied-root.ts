import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cString, errnoName, fileCalls, OPEN_DIRECTORY, setXattrOf } from "../../lib/libc/mod.ts";
import { copiedUpperXattr, errnoOf, KasaneError } from "../../lib/mod.ts";
import type { RootFilesystem } from "../sandbox.ts";
import { AT_FDCWD, sys } from "../stage/kernel.ts";
import { copyLayers } from "./copy-layers.ts";

type OverlayRoot = Extract<RootFilesystem, { kind: "overlay" }>;

const room = new Uint8Array(1);

/** True for an upper directory that holds everything: it is the root itself, and no overlay may be made of it. */
export function isCopiedUpper(upper: string): boolean {
  const size = fileCalls().lgetxattr(cString(upper), cString(copiedUpperXattr), room, room.length);
  return size >= 0;
}

/**
 * Makes an upper directory into a root of its own: what it holds over a copy of the layers below. It is the one or the other whenever this is
 * killed, and what is left in the work directory then is whoever empties that one's.
 * @throws KasaneError `sandbox` where the file system keeps no mark of it
 */
export function copyRoot({ upper, lower, work }: OverlayRoot): void {
  const copy = join(work, "copy");
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { mode: 0o700 });
  copyLayers([upper, ...lower], copy);
  mark(copy);
  putInPlace(copy, upper);
  rmSync(copy, { recursive: true, force: true });
}

/** Layers that nobody writes on, as one directory. It is there when it is whole, and is not made twice. */
export function copyReadOnly(lower: readonly string[], target: string): void {
  if (existsSync(target)) return;
  const copy = `${target}.new`;
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { mode: 0o755 });
  copyLayers(lower, copy);
  renameSync(copy, target);
}

function mark(directory: string): void {
  const opened = openSync(directory, OPEN_DIRECTORY);
  try {
    const result = setXattrOf(opened, copiedUpperXattr, Uint8Array.of(0x79));
    if (result >= 0) return;
    throw new KasaneError("sandbox", `cannot copy an image's files to ${directory}: ${errnoName(-result)}`, {
      hint: "install the package fuse-overlayfs, or keep the store on ext4, xfs, btrfs or tmpfs: in a container, on a volume",
      data: { exitCode: 125 },
    });
  } finally {
    closeSync(opened);
  }
}

const RENAME_EXCHANGE = 2;

function putInPlace(copy: string, upper: string): void {
  try {
    // In one step, where nothing has been written yet.
    renameSync(copy, upper);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) throw error;
    sys("renameat2", AT_FDCWD, copy, AT_FDCWD, upper, RENAME_EXCHANGE);
  }
}
