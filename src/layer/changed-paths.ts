import { DirectoryHandles, joinPath } from "./directory-handles.ts";
import type { LayerEntry } from "./entry.ts";
import { equalXattrs, imageXattrs } from "./image-xattrs.ts";
import type { OverlayXattrs } from "./overlay.ts";
import { type DiskEntry, readEntry, sortedNames } from "./read-tree.ts";
import type { ImageTree } from "./tree.ts";
import { isOpaque, isWhiteout } from "./upper-marks.ts";

export interface ChangedPath {
  readonly kind: "added" | "changed" | "deleted";
  /** Clean. */
  readonly path: string;
}

export interface ChangedPathsOptions {
  readonly lower: ImageTree;
  readonly xattrs: OverlayXattrs;
  /** As in ApplyOptions. Default: `keep`. */
  readonly ownership?: "keep" | "ignore";
}

/**
 * What an overlay upper directory changes of the layers below it, by docker's rules: a directory counts as changed when something in it is, or its
 * mode or owner, never for its time alone; what is gone is told once, without what was in it; the root is not told. A
 * directory comes before what is in it, names in order, deleted ones behind the others.
 */
export function* changedPaths(upper: string, options: ChangedPathsOptions): Generator<ChangedPath> {
  const directory = new DirectoryHandles(upper);
  try {
    yield* changesIn(directory, "", options, false);
  } finally {
    directory.close();
  }
}

/** @param isNew nothing of it was in the layers below */
function* changesIn(
  upper: DirectoryHandles,
  path: string,
  options: ChangedPathsOptions,
  isNew: boolean,
): Generator<ChangedPath> {
  const below = isNew ? [] : options.lower.children(path);
  const gone = new Set<string>();
  const seen = new Set<string>();
  for (const name of sortedNames(upper, path)) {
    const child = joinPath(path, name);
    const disk = readEntry(upper, child, options);
    if (disk === undefined) continue;
    const lower = isNew ? undefined : lowerEntry(options.lower, child);
    if (isWhiteout(disk, options.xattrs)) {
      if (lower) gone.add(child);
      continue;
    }
    seen.add(child);
    yield* changesAt(upper, child, disk, lower, options);
  }
  if (!isNew && isOpaque(readEntry(upper, path, options), options.xattrs))
    for (const { entry } of below) if (!seen.has(entry.path)) gone.add(entry.path);
  for (const child of gone) yield { kind: "deleted", path: child };
}

function* changesAt(
  upper: DirectoryHandles,
  path: string,
  disk: DiskEntry,
  lower: LayerEntry | undefined,
  options: ChangedPathsOptions,
): Generator<ChangedPath> {
  const own = lower === undefined ? "added" : isChanged(disk, lower) ? "changed" : undefined;
  if (own) yield { kind: own, path };
  if (disk.entry.type !== "directory") return;
  let isTold = own !== undefined;
  for (const change of changesIn(upper, path, options, lower?.type !== "directory")) {
    if (!isTold) yield { kind: "changed", path };
    isTold = true;
    yield change;
  }
}

function lowerEntry(lower: ImageTree, path: string): LayerEntry | undefined {
  const node = lower.get(path);
  return (node?.target ?? node)?.entry;
}

function isChanged({ entry, status }: DiskEntry, lower: LayerEntry): boolean {
  if (status.kind === "socket" || entry.type !== lower.type) return true;
  if (entry.type !== "symlink" && entry.mode !== lower.mode) return true;
  if (entry.uid !== lower.uid || entry.gid !== lower.gid) return true;
  if (entry.deviceMajor !== lower.deviceMajor || entry.deviceMinor !== lower.deviceMinor) return true;
  if (!equalXattrs(entry.xattrs ?? new Map(), imageXattrs(lower.xattrs))) return true;
  if (entry.type === "directory") return false;
  const { modified } = entry;
  if (modified.seconds !== lower.modified.seconds || modified.nanoseconds !== lower.modified.nanoseconds)
    return true;
  return entry.sizeBytes !== lower.sizeBytes || entry.linkTarget !== lower.linkTarget;
}
