import { KasaneError } from "../lib/mod.ts";
import type { Timestamp } from "../tar/mod.ts";
import type { DiffOptions } from "./diff.ts";
import type { DirectoryHandles } from "./directory-handles.ts";
import type { LayerEntry } from "./entry.ts";
import { fileDigest } from "./file-content.ts";
import { equalXattrs, imageXattrs } from "./image-xattrs.ts";
import { whiteoutPrefix } from "./layer-path.ts";
import { type DiskEntry, readEntry } from "./read-tree.ts";
import { show } from "./unpack-error.ts";
import type { UpperEntry } from "./upper-entry.ts";
import { type UpperChild, UpperMarks } from "./upper-marks.ts";

/** Reads an upper directory and compares it with the lower layers. The entries come depth first, whiteouts first in each directory. */
export class UpperScan {
  readonly entries: UpperEntry[] = [];
  readonly #upper: DirectoryHandles;
  readonly #options: DiffOptions;
  readonly #marks: UpperMarks;

  constructor(upper: DirectoryHandles, options: DiffOptions) {
    this.#upper = upper;
    this.#options = options;
    this.#marks = new UpperMarks(upper, options);
    const root = readEntry(upper, "", options);
    if (root !== undefined) this.#visit({ path: "", disk: root, isWhiteout: false }, undefined);
  }

  #visit({ path, disk, isWhiteout }: UpperChild, parent: UpperEntry | undefined): void {
    this.#refuse(path, disk);
    const lower = this.#lowerAt(path, parent);
    const isDirectory = !isWhiteout && disk.entry.type === "directory";
    const entry: UpperEntry = {
      path,
      ...(parent === undefined ? {} : { parent }),
      disk: this.#withKeptOwner(disk, lower),
      ...(lower === undefined ? {} : { lower }),
      isWhiteout,
      isOpaque: isDirectory && this.#marks.isOpaque(path, disk),
      isChanged: false,
      isEmitted: false,
    };
    entry.isChanged = !this.#options.ignore?.has(path) && this.#isChanged(entry);
    this.entries.push(entry);
    if (isDirectory) this.#visitChildren(path, entry);
  }

  #visitChildren(path: string, entry: UpperEntry): void {
    const others: UpperChild[] = [];
    // Marks stand before everything they could be mistaken to hide, for readers that apply an archive as it comes.
    for (const child of this.#marks.children(path)) {
      if (child.isWhiteout) this.#visit(child, entry);
      else others.push(child);
    }
    for (const child of others) this.#visit(child, entry);
  }

  #lowerAt(path: string, parent: UpperEntry | undefined): LayerEntry | undefined {
    if (parent !== undefined && (parent.isOpaque || parent.lower?.type !== "directory")) return undefined;
    const node = this.#options.lower.get(path);
    return (node?.target ?? node)?.entry;
  }

  #refuse(path: string, { xattrs, status }: DiskEntry): void {
    for (const feature of ["redirect", "metacopy"] as const) {
      if (!xattrs.has(`${this.#options.xattrs}.overlay.${feature}`)) continue;
      throw new KasaneError(
        "unsupported",
        `cannot make a layer: ${show(path)} only refers to a lower layer (overlay ${feature})`,
        {
          hint: "the overlay must be mounted with redirect_dir=off,metacopy=off",
        },
      );
    }
    if (status.kind === "socket" || !path.slice(path.lastIndexOf("/") + 1).startsWith(whiteoutPrefix)) return;
    throw new KasaneError(
      "unsupported",
      `cannot make a layer: the name of ${show(path)} would remove a file`,
      {
        hint: `in layers, names that start with ${whiteoutPrefix} stand for removed files`,
      },
    );
  }

  /** Where true owners are kept in xattrs, a symlink or device cannot have one: it keeps the one it had. */
  #withKeptOwner(disk: DiskEntry, lower: LayerEntry | undefined): DiskEntry {
    const { type } = disk.entry;
    if (
      this.#options.ownership !== "ignore" ||
      type === "file" ||
      type === "directory" ||
      lower?.type !== type
    )
      return disk;
    return { ...disk, entry: { ...disk.entry, uid: lower.uid, gid: lower.gid } };
  }

  #isChanged({ path, disk, lower, isWhiteout, isOpaque }: UpperEntry): boolean {
    if (isWhiteout || disk.status.kind === "socket") return lower !== undefined;
    if (lower === undefined) return true;
    const { entry } = disk;
    if (isOpaque && lower.type === "directory" && this.#options.lower.children(path).length > 0) return true;
    if (entry.type !== lower.type || entry.uid !== lower.uid || entry.gid !== lower.gid) return true;
    if (entry.type !== "symlink" && entry.mode !== lower.mode) return true;
    if (entry.linkTarget !== lower.linkTarget) return true;
    if (entry.deviceMajor !== lower.deviceMajor || entry.deviceMinor !== lower.deviceMinor) return true;
    if (!equalXattrs(entry.xattrs ?? new Map(), imageXattrs(lower.xattrs))) return true;
    if (this.#isTimeChanged(path, entry.modified, lower)) return true;
    if (entry.type !== "file") return false;
    if (entry.sizeBytes !== lower.sizeBytes) return true;
    return entry.sizeBytes > 0 && fileDigest(this.#upper, path, entry.sizeBytes) !== lower.contentDigest;
  }

  /** The times of directories change with what is in them, also where that is no part of the layer. */
  #isTimeChanged(path: string, modified: Timestamp, lower: LayerEntry): boolean {
    if (path === "") return false;
    if (lower.type === "directory") {
      if (isClamped(modified, this.#options) || this.#holdsIgnored(path)) return false;
    }
    const { seconds, nanoseconds } = clampTime(modified, this.#options);
    return seconds !== lower.modified.seconds || nanoseconds !== lower.modified.nanoseconds;
  }

  #holdsIgnored(path: string): boolean {
    for (const ignored of this.#options.ignore ?? []) {
      if (ignored.slice(0, Math.max(0, ignored.lastIndexOf("/"))) === path) return true;
    }
    return false;
  }
}

function isClamped({ seconds, nanoseconds }: Timestamp, { clamp }: DiffOptions): boolean {
  return clamp !== undefined && seconds * 1000 + nanoseconds / 1e6 >= clamp.fromMs;
}

/** The time an entry has in the layer. */
export function clampTime(modified: Timestamp, options: DiffOptions): Timestamp {
  return isClamped(modified, options) ? { seconds: options.clamp!.seconds, nanoseconds: 0 } : modified;
}
