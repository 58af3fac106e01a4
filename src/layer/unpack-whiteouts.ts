import { readDirectory } from "../lib/libc/mod.ts";
import { decodeName } from "../tar/mod.ts";
import { ancestors, joinPath, lastName, nameInDirectory, parentPath } from "./directory-handles.ts";
import { removeTree } from "./remove-tree.ts";
import { makeWhiteout } from "./unpack-entry.ts";
import type { UnpackRoot } from "./unpack-root.ts";

/** What whiteouts of a layer do to the directory it is unpacked into. They never touch what the same layer brings. */
export interface Whiteouts {
  /** `path` of lower layers is gone. */
  hide(path: string): void;
  /** All children that lower layers have in `path` are gone. */
  hideChildren(path: string): void;
  /** The layer has put something at a resolved path. */
  brought(path: string): void;
  /** The layer has been read to its end. */
  finish(): void;
}

/** Whiteouts of an overlay lower directory: devices 0:0, and the opaque mark, which finishDirectories() sets. */
export class OverlayWhiteouts implements Whiteouts {
  readonly #root: UnpackRoot;
  /** Marks, each with the name it has itself. */
  readonly #made: { readonly path: string; readonly name: string }[] = [];

  constructor(root: UnpackRoot) {
    this.#root = root;
  }

  hide(path: string): void {
    const root = this.#root;
    // Without knowledge of what is below, a parent the layer does not name must be taken to be there.
    const parent = root.resolve(parentPath(path), { create: !root.lower.isKnown });
    if (parent === undefined) return;
    const name = lastName(path);
    const resolved = joinPath(parent, name);
    // A mark for something that is not below would show up as a broken name where the directory is not merged with another.
    if (root.lower.isKnown && root.lower.at(resolved) === undefined) return;
    root.lower.hide(resolved);
    root.forgetResolved();
    const place = root.placeIn(parent, name);
    if (root.statusOf(place) !== undefined) return;
    this.#made.push({ path: resolved, name: makeWhiteout(root, place) });
  }

  hideChildren(path: string): void {
    const root = this.#root;
    const directory = root.resolve(path, { create: !root.lower.isKnown });
    if (directory === undefined) return;
    if (directory === "") {
      // The kernel takes no notice of the mark on the top directory of a layer: each name gets its own.
      for (const name of root.lower.names("")) this.hide(name);
      return;
    }
    root.makePresent(directory);
    root.lower.hideChildren(directory);
    root.forgetResolved();
  }

  brought(): void {
    // Everything in the directory is this layer's.
  }

  /** Takes back marks in directories that turned out to be opaque: see hide(); and those beside what has come after them. */
  finish(): void {
    for (const { path, name } of this.#made) {
      const place = { parent: parentPath(path), name: lastName(path), path };
      const isBeside = name !== place.name;
      const isPresent = this.#root.isPresent(place);
      const isBelowOpaque = this.#root.lower.isBelowOpaque(path);
      const isNeedless = isBeside ? isPresent || isBelowOpaque : isBelowOpaque && !isPresent;
      const parent = isNeedless ? this.#root.handles.open(place.parent) : undefined;
      if (parent !== undefined) removeTree(parent, nameInDirectory(name), path);
    }
  }
}

/** Whiteouts that remove from a directory that has the lower layers in it. */
export class MergeWhiteouts implements Whiteouts {
  readonly #root: UnpackRoot;
  /** What the layer has brought, with all directories above. */
  readonly #brought = new Set<string>();

  constructor(root: UnpackRoot) {
    this.#root = root;
  }

  hide(path: string): void {
    const parent = this.#root.resolve(parentPath(path), { create: false });
    if (parent === undefined) return;
    this.#remove(parent, lastName(path));
  }

  hideChildren(path: string): void {
    const directory = this.#root.resolve(path, { create: false });
    if (directory !== undefined) this.#removeChildren(directory);
  }

  brought(path: string): void {
    this.#brought.add(path);
    for (const above of ancestors(path)) {
      if (this.#brought.has(above)) return;
      this.#brought.add(above);
    }
  }

  finish(): void {}

  #remove(parent: string, name: string): void {
    const path = joinPath(parent, name);
    if (!this.#brought.has(path)) this.#root.clear(this.#root.placeIn(parent, name));
    else if (this.#root.handles.open(path) !== undefined) this.#removeChildren(path);
  }

  #removeChildren(directory: string): void {
    const handle = this.#root.makePresent(directory);
    for (const name of readDirectory(handle, directory)) this.#remove(directory, decodeName(name));
  }
}
