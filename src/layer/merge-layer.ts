import { KasaneError } from "../lib/mod.ts";
import type { LayerEntry, LayerIndex } from "./entry.ts";
import { impliedDirectory, pathIn, TreeEntry } from "./tree-entry.ts";
import { lookUp } from "./tree-lookup.ts";

/**
 * One layer on its way into the tree whose owner its root has. Directories of other trees are copied before they are changed; whatever is
 * looked up to be changed comes down from the root, so that all above it have been copied.
 */
export class LayerMerge {
  readonly #root: TreeEntry;
  readonly #layer: number;
  /** What whiteouts of this layer took away: a hard link of the same layer may still point there. */
  readonly #hidden = new Map<TreeEntry, Map<string, TreeEntry>>();
  /** Archives list a directory's files together: the last directory saves most of the walks. */
  #lastPath: string | undefined;
  #lastDirectory: TreeEntry;

  constructor(root: TreeEntry, layer: number) {
    this.#root = root;
    this.#layer = layer;
    this.#lastDirectory = root;
  }

  apply(index: Pick<LayerIndex, "entries">): void {
    this.#hideLower(index);
    const unresolved: LayerEntry[] = [];
    for (const entry of index.entries) {
      if (entry.type === "whiteout" || entry.type === "opaque") continue;
      if (entry.type !== "hardlink") this.#put(entry);
      else if (!this.#link(entry)) unresolved.push(entry);
    }
    // Targets that stand behind their links in the archive.
    for (const entry of unresolved) {
      if (this.#link(entry)) continue;
      throw this.#refused(
        entry,
        `its target ${JSON.stringify(entry.linkTarget)} is not there, or not a file`,
      );
    }
  }

  /** First all whiteouts are looked up, then all take effect: their order does not matter either. */
  #hideLower(index: Pick<LayerIndex, "entries">): void {
    const marks = index.entries.filter(({ type }) => type === "whiteout" || type === "opaque");
    if (marks.length === 0) return;
    const ownDirectories = new Set<string>();
    for (const { type, path } of index.entries) if (type === "directory") ownDirectories.add(path);
    const effects: (() => void)[] = [];
    for (const { type, path } of marks) {
      const slash = path.lastIndexOf("/");
      if (type === "opaque") {
        const directory = this.#lowerDirectory(path, ownDirectories);
        if (directory !== undefined) effects.push(() => this.#hideChildren(directory));
      } else {
        const directory = this.#lowerDirectory(path.slice(0, Math.max(slash, 0)), ownDirectories);
        if (directory !== undefined) effects.push(() => this.#hide(directory, path.slice(slash + 1)));
      }
    }
    for (const effect of effects) effect();
  }

  /**
   * The directory of the layers below that a mark speaks of. A symlink on the way leads to it, unless this layer puts a directory of
   * its own in the symlink's place: that one has nothing below it.
   */
  #lowerDirectory(path: string, ownDirectories: ReadonlySet<string>): TreeEntry | undefined {
    const found = lookUp(this.#root, path, {
      followLast: true,
      child: (directory, name) => {
        const child = directory.child(name);
        const isReplaced = child?.isDirectory === false && ownDirectories.has(pathIn(directory, name));
        return isReplaced ? undefined : this.#own(directory, name, child);
      },
    });
    return found.kind === "found" && found.node.isDirectory ? found.node : undefined;
  }

  #hide(directory: TreeEntry, name: string): void {
    const node = directory.child(name);
    if (node === undefined) return;
    directory.removeChild(name);
    const hidden = this.#hidden.get(directory) ?? new Map<string, TreeEntry>();
    this.#hidden.set(directory, hidden.set(name, node));
  }

  #hideChildren(directory: TreeEntry): void {
    for (const { entry } of directory.sortedChildren()) {
      this.#hide(directory, entry.path.slice(entry.path.lastIndexOf("/") + 1));
    }
  }

  #put(entry: LayerEntry): void {
    if (entry.path === "") {
      this.#root.describe(entry, this.#layer);
      return;
    }
    const { directory, name } = this.#placeOf(entry);
    const existing = directory.child(name);
    const placed = this.#at(entry, directory, name);
    if (entry.type === "directory" && existing?.isDirectory)
      this.#own(directory, name, existing).describe(placed, this.#layer);
    else this.#setChild(directory, name, new TreeEntry(placed, this.#place));
  }

  /** False when the target is not there (yet). */
  #link(entry: LayerEntry): boolean {
    // Only the directories of the target are resolved: a link to a symlink is a second name of the symlink.
    const found = lookUp(this.#root, entry.linkTarget ?? "", {
      followLast: false,
      child: (parent, child) => parent.child(child) ?? this.#hidden.get(parent)?.get(child),
    });
    if (found.kind !== "found" || found.node.isDirectory) return false;
    const { directory, name } = this.#placeOf(entry);
    // A link to itself: the same file was packed twice.
    if (directory.child(name) === found.node) return true;
    const placed = { ...this.#at(entry, directory, name), linkTarget: found.node.entry.path };
    const target = found.node.file;
    this.#setChild(directory, name, new TreeEntry(placed, { ...this.#place, target }));
    return true;
  }

  #setChild(directory: TreeEntry, name: string, node: TreeEntry): void {
    // What was there may have been on the way to the last directory.
    if (directory.child(name) !== undefined) this.#lastPath = undefined;
    directory.setChild(name, node);
  }

  /** The entry under the path it has in the tree. */
  #at(entry: LayerEntry, directory: TreeEntry, name: string): LayerEntry {
    const path = pathIn(directory, name);
    return path === entry.path ? entry : { ...entry, path };
  }

  /** Where an entry goes. Missing directories are made, symlinks on the way followed, as other engines do. */
  #placeOf(entry: LayerEntry): { directory: TreeEntry; name: string } {
    const slash = entry.path.lastIndexOf("/");
    const name = entry.path.slice(slash + 1);
    if (slash === -1) return { directory: this.#root, name };
    const path = entry.path.slice(0, slash);
    if (path !== this.#lastPath) {
      this.#lastDirectory = this.#directory(path, entry);
      this.#lastPath = path;
    }
    return { directory: this.#lastDirectory, name };
  }

  #directory(path: string, entry: LayerEntry): TreeEntry {
    const found = lookUp(this.#root, path, {
      followLast: true,
      child: (directory, name) =>
        this.#own(directory, name, directory.child(name)) ?? this.#imply(directory, name),
    });
    if (found.kind === "found" && found.node.isDirectory) return found.node;
    throw this.#refused(
      entry,
      found.kind === "found" || found.kind === "not-a-directory"
        ? `${JSON.stringify(found.node.entry.path)} above it is not a directory`
        : "the symlinks above it lead nowhere",
    );
  }

  /** The child, for this tree to change where it is a directory. */
  #own<T extends TreeEntry | undefined>(directory: TreeEntry, name: string, child: T): T | TreeEntry {
    if (child === undefined || !child.isDirectory || child.owner === this.#root.owner) return child;
    const copy = child.copy(this.#root.owner);
    directory.setChild(name, copy);
    return copy;
  }

  get #place() {
    return { layer: this.#layer, owner: this.#root.owner };
  }

  #imply(directory: TreeEntry, name: string): TreeEntry {
    const made = impliedDirectory(pathIn(directory, name), this.#place);
    directory.setChild(name, made);
    return made;
  }

  #refused(entry: LayerEntry, reason: string): KasaneError {
    return new KasaneError(
      "invalid-layer",
      `cannot use layer ${this.#layer + 1}: entry ${JSON.stringify(entry.path)}: ${reason}`,
    );
  }
}
