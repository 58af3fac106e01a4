import { copiedUpperXattr, fuseUpperXattr } from "../lib/mod.ts";
import { type DirectoryHandles, joinPath } from "./directory-handles.ts";
import type { LayerEntry } from "./entry.ts";
import { opaqueMarker, parseLayerPath, whiteoutPrefix } from "./layer-path.ts";
import { type OverlayXattrs, opaqueXattr } from "./overlay.ts";
import { type DiskEntry, type ReadTreeOptions, readEntry, sortedNames } from "./read-tree.ts";
import type { ImageTree } from "./tree.ts";
import { isWhiteoutStatus } from "./unpack-root.ts";

export interface UpperChild {
  /** What it is about: of a mark, the name that is gone. */
  readonly path: string;
  readonly disk: DiskEntry;
  readonly isWhiteout: boolean;
}

export interface UpperMarksOptions extends ReadTreeOptions {
  readonly lower: ImageTree;
  readonly xattrs: OverlayXattrs;
}

/** Reads an upper directory by the marks of who wrote it: the kernel, or fuse-overlayfs. One that was copied has all there is, and what it has not is gone. */
export class UpperMarks {
  readonly #upper: DirectoryHandles;
  readonly #options: UpperMarksOptions;
  readonly #isFuse: boolean;
  readonly #isCopied: boolean;

  constructor(upper: DirectoryHandles, options: UpperMarksOptions) {
    this.#upper = upper;
    this.#options = options;
    const xattrs = readEntry(upper, "", options)?.xattrs;
    this.#isFuse = xattrs?.has(fuseUpperXattr) === true;
    this.#isCopied = xattrs?.has(copiedUpperXattr) === true;
  }

  /**
   * What stands in a directory, names in order.
   * @throws KasaneError `invalid-layer` for a mark of fuse-overlayfs that hides what has no name: a container can make `.wh...`
   */
  *children(directory: string): Generator<UpperChild> {
    const present = new Set<string>();
    for (const name of sortedNames(this.#upper, directory)) {
      const path = joinPath(directory, name);
      const mark = this.#isFuse && name.startsWith(whiteoutPrefix) ? parseLayerPath(path) : undefined;
      if (mark !== undefined && mark.kind !== "whiteout") continue;
      const disk = readEntry(this.#upper, path, this.#options);
      if (disk === undefined) continue;
      if (this.#isCopied) present.add(path);
      yield mark === undefined
        ? { path, disk, isWhiteout: isWhiteout(disk, this.#options.xattrs) }
        : { path: mark.path, disk, isWhiteout: true };
    }
    if (!this.#isCopied) return;
    for (const { entry } of this.#options.lower.children(directory))
      if (!present.has(entry.path) && this.#canBeThere(entry))
        yield { path: entry.path, disk: nothing, isWhiteout: true };
  }

  /** Not the devices that only root can make. */
  #canBeThere({ type }: LayerEntry): boolean {
    return this.#options.xattrs === "trusted" || !type.endsWith("-device");
  }

  /** True for a directory through which nothing of the layers below is seen. */
  isOpaque(path: string, disk: DiskEntry | undefined): boolean {
    if (disk === undefined) return false;
    if (isYes(disk.xattrs.get(opaqueXattr(this.#options.xattrs)))) return true;
    if (!this.#isFuse) return false;
    return readEntry(this.#upper, joinPath(path, opaqueMarker), this.#options) !== undefined;
  }
}

const modified = { seconds: 0, nanoseconds: 0 };
const nothing: DiskEntry = {
  entry: { path: "", type: "file", mode: 0, uid: 0, gid: 0, sizeBytes: 0, modified },
  status: {
    ...{ kind: "file", mode: 0, uid: 0, gid: 0, linkCount: 0, identity: "", sizeBytes: 0, modified },
    ...{ deviceMajor: 0, deviceMinor: 0 },
  },
  xattrs: new Map(),
};

function isWhiteout({ status, xattrs }: DiskEntry, prefix: OverlayXattrs): boolean {
  if (isWhiteoutStatus(status)) return true;
  // The form that can be unpacked inside another overlay (since Linux 6.7).
  return status.kind === "file" && status.sizeBytes === 0 && xattrs.has(`${prefix}.overlay.whiteout`);
}

function isYes(value: Uint8Array | undefined): boolean {
  return value?.length === 1 && value[0] === 0x79;
}
