import { sortNames } from "../tar/mod.ts";
import type { LayerEntry } from "./entry.ts";
import type { TreeNode } from "./tree.ts";

const noChildren: readonly TreeEntry[] = [];

/** One tree, as who may change its nodes. */
export type TreeOwner = object;

/** A node of the tree while it is built and after: what TreeNode shows, and what is below it. */
export class TreeEntry implements TreeNode {
  entry: LayerEntry;
  layer: number;
  isImplied: boolean;
  readonly target?: TreeEntry;
  /** The tree that may change it. Other trees that have it show it as it is. */
  readonly owner: TreeOwner;
  #children: Map<string, TreeEntry> | undefined;
  #sorted: readonly TreeEntry[] | undefined;

  constructor(
    entry: LayerEntry,
    place: { layer: number; owner: TreeOwner; target?: TreeEntry; isImplied?: boolean },
  ) {
    this.entry = entry;
    this.layer = place.layer;
    this.isImplied = place.isImplied ?? false;
    this.owner = place.owner;
    if (place.target !== undefined) this.target = place.target;
  }

  /** The same directory for another tree to change. */
  copy(owner: TreeOwner): TreeEntry {
    const { entry, layer, isImplied } = this;
    const copy = new TreeEntry(entry, { layer, isImplied, owner });
    if (this.#children !== undefined) copy.#children = new Map(this.#children);
    copy.#sorted = this.#sorted;
    return copy;
  }

  /** What a hard link is a name of, or the node itself. */
  get file(): TreeEntry {
    return this.target ?? this;
  }

  get isDirectory(): boolean {
    return this.entry.type === "directory";
  }

  child(name: string): TreeEntry | undefined {
    return this.#children?.get(name);
  }

  setChild(name: string, node: TreeEntry): void {
    this.#children ??= new Map();
    this.#children.set(name, node);
    this.#sorted = undefined;
  }

  removeChild(name: string): void {
    if (this.#children?.delete(name)) this.#sorted = undefined;
  }

  /** A directory named by another layer: new attributes, the same children. */
  describe(entry: LayerEntry, layer: number): void {
    this.entry = entry;
    this.layer = layer;
    this.isImplied = false;
  }

  sortedChildren(): readonly TreeEntry[] {
    const children = this.#children;
    if (children === undefined) return noChildren;
    this.#sorted ??= sortNames([...children.keys()]).map((name) => children.get(name)!);
    return this.#sorted;
  }
}

/** A directory that is there because something is below it. */
export function impliedDirectory(path: string, place: { layer: number; owner: TreeOwner }): TreeEntry {
  const entry: LayerEntry = {
    path,
    type: "directory",
    mode: 0o755,
    uid: 0,
    gid: 0,
    sizeBytes: 0,
    modified: { seconds: 0, nanoseconds: 0 },
  };
  return new TreeEntry(entry, { ...place, isImplied: true });
}

/** The path of `name` in a directory. */
export function pathIn(directory: TreeEntry, name: string): string {
  return directory.entry.path === "" ? name : `${directory.entry.path}/${name}`;
}
