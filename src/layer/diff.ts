import type { TarEntry, TarInput } from "../tar/mod.ts";
import { DirectoryHandles } from "./directory-handles.ts";
import { fileContent } from "./file-content.ts";
import { hardLink } from "./hard-link.ts";
import { opaquePath, whiteoutPath } from "./layer-path.ts";
import type { OverlayXattrs } from "./overlay.ts";
import { clampTime, UpperScan } from "./scan-upper.ts";
import type { ImageTree } from "./tree.ts";
import type { UpperEntry } from "./upper-entry.ts";

export interface DiffOptions {
  readonly lower: ImageTree;
  readonly xattrs: OverlayXattrs;
  /** As in ApplyOptions. Default: `keep`. */
  readonly ownership?: "keep" | "ignore";
  /**
   * Clean paths that are not part of the layer (mount points the sandbox made). What is found below one is part of it all the same:
   * there the step put something into a directory that was only made for a mount.
   */
  readonly ignore?: ReadonlySet<string>;
  /**
   * Files modified at or after `fromMs` get `seconds` instead: their time is the build's, not content. Directories that
   * would differ from lower ones in nothing but such a time are left out.
   */
  readonly clamp?: { readonly fromMs: number; readonly seconds: number };
}

/**
 * The layer an overlay upper directory stands for, as sorted, deterministic tar inputs: changed entries with their
 * parents, `.wh.` files for what is gone, `.wh..wh..opq` where a directory replaced a lower one. Entries that equal the
 * lower tree's (copied up, not changed) are left out.
 *
 * Names of one file are one file in the layer as well: when one of them is changed or new, all that are in the upper directory
 * come along. Sockets are left out. The root directory is in the layer when its mode, owner or xattrs are not those below: give an upper
 * directory its attributes with createUpper(). Nothing may change in the directory meanwhile.
 * @throws KasaneError `unsupported` for names and overlay features that no layer can express, `limit-exceeded` for paths over 4096 bytes
 */
export function* diffUpper(upper: string, options: DiffOptions): Generator<TarInput> {
  const directory = new DirectoryHandles(upper);
  try {
    yield* new UpperDiff(directory, options).inputs();
  } finally {
    directory.close();
  }
}

class UpperDiff {
  readonly #directory: DirectoryHandles;
  readonly #options: DiffOptions;
  readonly #firstNames = new Map<string, string>();

  constructor(directory: DirectoryHandles, options: DiffOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  *inputs(): Generator<TarInput> {
    const { entries } = new UpperScan(this.#directory, this.#options);
    markLinkGroups(entries);
    for (const entry of entries) if (entry.isChanged) yield* this.#emit(entry);
  }

  *#emit(entry: UpperEntry): Generator<TarInput> {
    if (entry.isEmitted) return;
    entry.isEmitted = true;
    // The root is only named when it is changed itself.
    if (entry.parent !== undefined && entry.parent.path !== "") yield* this.#emit(entry.parent);
    const { path, disk } = entry;
    if (entry.isWhiteout || disk.status.kind === "socket") {
      yield mark(whiteoutPath(path));
      return;
    }
    yield this.#input(entry);
    if (entry.isOpaque && this.#hidesChildren(entry)) yield mark(opaquePath(path));
  }

  /** The kernel marks every directory it makes where something was: that does not say there is a directory below. */
  #hidesChildren({ path, lower }: UpperEntry): boolean {
    return lower?.type === "directory" && this.#options.lower.children(path).length > 0;
  }

  #input({ path, disk }: UpperEntry): TarInput {
    const modified = clampTime(disk.entry.modified, this.#options);
    const entry: TarEntry = { ...disk.entry, path: path === "" ? "./" : path, modified };
    if (isShared(disk.status)) {
      const first = this.#firstNames.get(disk.status.identity);
      if (first !== undefined) return { entry: hardLink(entry, first) };
      this.#firstNames.set(disk.status.identity, path);
    }
    if (entry.type !== "file") return { entry };
    return { entry, content: fileContent(this.#directory, path, entry.sizeBytes) };
  }
}

/** When one name of a file goes into the layer, all do: the others would stay names of the old file. */
function markLinkGroups(entries: readonly UpperEntry[]): void {
  const shared = entries.filter(({ isWhiteout, disk }) => !isWhiteout && isShared(disk.status));
  const changed = new Set(
    shared.filter(({ isChanged }) => isChanged).map(({ disk }) => disk.status.identity),
  );
  for (const entry of shared) if (changed.has(entry.disk.status.identity)) entry.isChanged = true;
}

function isShared({ kind, linkCount }: UpperEntry["disk"]["status"]): boolean {
  return linkCount > 1 && kind !== "directory" && kind !== "socket";
}

function mark(path: string): TarInput {
  const modified = { seconds: 0, nanoseconds: 0 };
  return { entry: { path, type: "file", mode: 0o600, uid: 0, gid: 0, sizeBytes: 0, modified }, content: [] };
}
