import type { LayerEntry, LayerIndex } from "./entry.ts";
import { LayerMerge } from "./merge-layer.ts";
import { impliedDirectory, type TreeEntry } from "./tree-entry.ts";
import { findEntry, lookUp } from "./tree-lookup.ts";

/**
 * A path of the merged image, and the layer (0 = base) that brought it. `entry.path` is where it is in the tree: an entry that was
 * written through a symlinked parent stands under the directory the symlink leads to.
 */
export interface TreeNode {
  readonly entry: LayerEntry;
  readonly layer: number;
  /**
   * Hard links only: the node whose file this is a name of (never a hard link itself), with the layer that holds the content.
   * It is the file as it was when the link was made; `tree.get(target.entry.path) === target` tells whether both names
   * still are one file.
   */
  readonly target?: TreeNode;
  /** True for directories that no layer names, only paths below them. */
  readonly isImplied?: boolean;
}

/** The indexes of an image's layers merged, whiteouts applied: the file tree a container would see, without unpacking. */
export interface ImageTree {
  /** The node at a clean path, symlinks not followed. Directories that no layer names exist with mode 0755, owner 0:0. */
  get(path: string): TreeNode | undefined;
  /** Children of a directory by name, sorted by bytes; none for anything else. */
  children(path: string): readonly TreeNode[];
  /**
   * Follows symlinks in every part (and the last one when asked), never above the root; undefined for loops or nothing there.
   * `path` need not be clean.
   */
  resolve(path: string, options?: { followLast?: boolean }): TreeNode | undefined;
  /** The node at `path` (default: the root, whose path is `""`) and everything below, depth first, sorted by name. */
  walk(path?: string): Iterable<TreeNode>;
  /** The tree with one more layer on top; takes as long as that layer is large. This one stays as it is. */
  with(layer: Pick<LayerIndex, "entries">): ImageTree;
}

/**
 * Applies layers in order, each as one step: its whiteouts speak of the layers below only, wherever they stand in the archive.
 * Linear in the number of entries; children are sorted when somebody asks for them.
 * @throws KasaneError `invalid-layer` where unpacking would fail too: a hard link to nothing, an entry below a file
 */
export function mergeLayers(layers: readonly Pick<LayerIndex, "entries">[]): ImageTree {
  const owner = {};
  const root = impliedDirectory("", { layer: 0, owner });
  for (const [number, layer] of layers.entries()) new LayerMerge(root, number).apply(layer);
  return treeOf(root, layers.length);
}

function treeOf(root: TreeEntry, layerCount: number): ImageTree {
  return {
    get: (path) => findEntry(root, path),
    children: (path) => findEntry(root, path)?.sortedChildren() ?? [],
    resolve(path, options = {}) {
      const found = lookUp(root, path, { followLast: options.followLast ?? false });
      return found.kind === "found" ? found.node : undefined;
    },
    walk(path = "") {
      const start = findEntry(root, path);
      return start === undefined ? [] : walkFrom(start);
    },
    with(layer) {
      const changed = root.copy({});
      new LayerMerge(changed, layerCount).apply(layer);
      return treeOf(changed, layerCount + 1);
    },
  };
}

/** Without recursion: the depth is the image's choice. */
function* walkFrom(start: TreeEntry): Generator<TreeNode, void, undefined> {
  const stack = [start];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield node;
    const children = node.sortedChildren();
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i]!);
  }
}
