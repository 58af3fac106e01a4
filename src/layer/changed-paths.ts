import { DirectoryHandles } from "./directory-handles.ts";
import type { LayerEntry } from "./entry.ts";
import { equalXattrs, imageXattrs } from "./image-xattrs.ts";
import type { OverlayXattrs } from "./overlay.ts";
import { type DiskEntry, readEntry } from "./read-tree.ts";
import type { ImageTree } from "./tree.ts";
import { UpperMarks } from "./upper-marks.ts";

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
    const marks = new UpperMarks(directory, options);
    yield* changesIn({ marks, lower: options.lower }, "", readEntry(directory, "", options), false);
  } finally {
    directory.close();
  }
}

interface Layers {
  readonly marks: UpperMarks;
  readonly lower: ImageTree;
}

/** @param isNew nothing of it was in the layers below */
function* changesIn(
  layers: Layers,
  path: string,
  directory: DiskEntry | undefined,
  isNew: boolean,
): Generator<ChangedPath> {
  const below = isNew ? [] : layers.lower.children(path);
  const gone = new Set<string>();
  const seen = new Set<string>();
  for (const child of layers.marks.children(path)) {
    const lower = isNew ? undefined : lowerEntry(layers.lower, child.path);
    if (child.isWhiteout) {
      if (lower) gone.add(child.path);
      continue;
    }
    seen.add(child.path);
    yield* changesAt(layers, child.path, child.disk, lower);
  }
  if (!isNew && layers.marks.isOpaque(path, directory))
    for (const { entry } of below) if (!seen.has(entry.path)) gone.add(entry.path);
  for (const child of gone) yield { kind: "deleted", path: child };
}

function* changesAt(
  layers: Layers,
  path: string,
  disk: DiskEntry,
  lower: LayerEntry | undefined,
): Generator<ChangedPath> {
  const own = lower === undefined ? "added" : isChanged(disk, lower) ? "changed" : undefined;
  if (own) yield { kind: own, path };
  if (disk.entry.type !== "directory") return;
  let isTold = own !== undefined;
  for (const change of changesIn(layers, path, disk, lower?.type !== "directory")) {
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
