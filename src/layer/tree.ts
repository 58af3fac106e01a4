import { KasaneError } from "../lib/mod.ts";
import type { LayerEntry, LayerIndex } from "./entry.ts";

/** A path of the merged image, and the layer (0 = base) that brought it. */
export interface TreeNode {
  readonly entry: LayerEntry;
  readonly layer: number;
}

/** The indexes of an image's layers merged, whiteouts applied: the file tree a container would see, without unpacking. */
export interface ImageTree {
  /** The node at a clean path, symlinks not followed. Directories that no layer names exist with mode 0755, owner 0:0. */
  get(path: string): TreeNode | undefined;
  /** Children of a directory by name, sorted by bytes. */
  children(path: string): readonly TreeNode[];
  /** Follows symlinks in every part (and the last one when asked), never above the root; undefined for loops or nothing there. */
  resolve(path: string, options?: { followLast?: boolean }): TreeNode | undefined;
  /** Depth first, sorted. */
  walk(path?: string): Iterable<TreeNode>;
}

export function mergeLayers(_layers: readonly LayerIndex[]): ImageTree {
  throw new KasaneError("internal", "not built yet");
}
