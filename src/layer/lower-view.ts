import { ancestors, lastName } from "./directory-handles.ts";
import type { LayerEntry } from "./entry.ts";
import type { ImageTree } from "./tree.ts";

/**
 * What still shows of the lower layers while a layer is unpacked as an overlay directory. Paths are resolved ones. The view only
 * shrinks: what a layer has hidden stays hidden, also when something of its own takes the place.
 */
export class LowerView {
  /** False when nobody said what lies below: nothing is found then, and nothing may be concluded from that. */
  readonly isKnown: boolean;
  readonly #tree: ImageTree | undefined;
  /** Paths at and below which nothing shows. */
  readonly #replaced = new Set<string>();
  /** Directories below which nothing shows. */
  readonly #opaque = new Set<string>();

  constructor(tree: ImageTree | undefined) {
    this.#tree = tree;
    this.isKnown = tree !== undefined;
  }

  /** What shows at a path: for a hard link, the entry of the file it is a name of. */
  at(path: string): LayerEntry | undefined {
    if (this.#tree === undefined || this.#isHidden(path)) return undefined;
    const node = this.#tree.get(path);
    return (node?.target ?? node)?.entry;
  }

  /** The names that show in a directory. */
  names(path: string): string[] {
    if (this.#tree === undefined || this.isOpaque(path) || this.isBelowOpaque(path)) return [];
    return this.#tree.children(path).map(({ entry }) => lastName(entry.path));
  }

  hide(path: string): void {
    this.#replaced.add(path);
  }

  hideChildren(path: string): void {
    this.#opaque.add(path);
  }

  /** True when a directory at `path` must not let its namesake below show through. */
  isOpaque(path: string): boolean {
    return this.#opaque.has(path) || this.#replaced.has(path);
  }

  /** True when some directory above `path` is opaque. */
  isBelowOpaque(path: string): boolean {
    if (this.#replaced.size === 0 && this.#opaque.size === 0) return false;
    for (const above of ancestors(path)) if (this.isOpaque(above)) return true;
    return false;
  }

  #isHidden(path: string): boolean {
    return this.#replaced.has(path) || this.isBelowOpaque(path);
  }
}
