import { fuseUpperXattr } from "../lib/mod.ts";
import { type DirectoryHandles, joinPath } from "./directory-handles.ts";
import { opaqueMarker, parseLayerPath, whiteoutPrefix } from "./layer-path.ts";
import { type OverlayXattrs, opaqueXattr } from "./overlay.ts";
import { type DiskEntry, type ReadTreeOptions, readEntry, sortedNames } from "./read-tree.ts";
import { isWhiteoutStatus } from "./unpack-root.ts";

export interface UpperChild {
  /** What it is about: of a mark, the name that is gone. */
  readonly path: string;
  readonly disk: DiskEntry;
  readonly isWhiteout: boolean;
}

export interface UpperMarksOptions extends ReadTreeOptions {
  readonly xattrs: OverlayXattrs;
}

/** Reads an upper directory by the marks of who wrote it: the kernel, or fuse-overlayfs. */
export class UpperMarks {
  readonly #upper: DirectoryHandles;
  readonly #options: UpperMarksOptions;
  readonly #isFuse: boolean;

  constructor(upper: DirectoryHandles, options: UpperMarksOptions) {
    this.#upper = upper;
    this.#options = options;
    this.#isFuse = readEntry(upper, "", options)?.xattrs.has(fuseUpperXattr) === true;
  }

  /**
   * What stands in a directory, names in order.
   * @throws KasaneError `invalid-layer` for a mark of fuse-overlayfs that hides what has no name: a container can make `.wh...`
   */
  *children(directory: string): Generator<UpperChild> {
    for (const name of sortedNames(this.#upper, directory)) {
      const path = joinPath(directory, name);
      const mark = this.#isFuse && name.startsWith(whiteoutPrefix) ? parseLayerPath(path) : undefined;
      if (mark !== undefined && mark.kind !== "whiteout") continue;
      const disk = readEntry(this.#upper, path, this.#options);
      if (disk === undefined) continue;
      yield mark === undefined
        ? { path, disk, isWhiteout: isWhiteout(disk, this.#options.xattrs) }
        : { path: mark.path, disk, isWhiteout: true };
    }
  }

  /** True for a directory through which nothing of the layers below is seen. */
  isOpaque(path: string, disk: DiskEntry | undefined): boolean {
    if (disk === undefined) return false;
    if (isYes(disk.xattrs.get(opaqueXattr(this.#options.xattrs)))) return true;
    if (!this.#isFuse) return false;
    return readEntry(this.#upper, joinPath(path, opaqueMarker), this.#options) !== undefined;
  }
}

function isWhiteout({ status, xattrs }: DiskEntry, prefix: OverlayXattrs): boolean {
  if (isWhiteoutStatus(status)) return true;
  // The form that can be unpacked inside another overlay (since Linux 6.7).
  return status.kind === "file" && status.sizeBytes === 0 && xattrs.has(`${prefix}.overlay.whiteout`);
}

function isYes(value: Uint8Array | undefined): boolean {
  return value?.length === 1 && value[0] === 0x79;
}
