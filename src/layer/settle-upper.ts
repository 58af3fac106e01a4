import { constants } from "node:fs";
import { fileCalls, readDirectory, removeXattrAt, statusAt } from "../lib/libc/mod.ts";
import { decodeName, type Timestamp } from "../tar/mod.ts";
import { type AttributeOptions, impliedAttributes, setAttributes, setTimesAt } from "./attributes.ts";
import { DirectoryHandles, joinPath, nameInDirectory } from "./directory-handles.ts";
import type { LayerEntry, LayerIndex } from "./entry.ts";
import { type OverlayXattrs, opaqueXattr, ownerXattr } from "./overlay.ts";
import { removeTree } from "./remove-tree.ts";
import { isWhiteoutStatus } from "./unpack-root.ts";

export interface SettleOptions extends AttributeOptions {
  readonly xattrs: OverlayXattrs;
  /** As diffUpper() had it. */
  readonly clamp: { readonly seconds: number };
}

/**
 * Makes an overlay upper directory, of which diffUpper() made the layer `index`, into what applyLayer() makes of that layer: what is not in the
 * layer goes (mount points, files that were copied up and not changed, marks that hide nothing), marks of the kernel on directories
 * that hide nothing come off, for they would hide what other images have below the same layer, and times become the layer's.
 * @returns false where that cannot be done; the directory is good for nothing then
 */
export function settleUpper(upper: string, index: LayerIndex, options: SettleOptions): boolean {
  const handles = new DirectoryHandles(upper);
  try {
    return new UpperSettling(handles, index, options).settle();
  } finally {
    handles.close();
  }
}

class UpperSettling {
  readonly #handles: DirectoryHandles;
  readonly #options: SettleOptions;
  readonly #entries = new Map<string, LayerEntry>();
  readonly #opaque = new Set<string>();

  constructor(handles: DirectoryHandles, { entries }: LayerIndex, options: SettleOptions) {
    this.#handles = handles;
    this.#options = options;
    for (const entry of entries) {
      if (entry.type === "opaque") this.#opaque.add(entry.path);
      else this.#entries.set(entry.path, entry);
    }
  }

  settle(): boolean {
    if (!this.#settleIn("")) return false;
    const root = this.#handles.open("")!;
    if (!this.#entries.has("")) {
      removeXattrAt(root, undefined, ownerXattr);
      setAttributes(root, "", impliedAttributes, this.#options);
    }
    return true;
  }

  #settleIn(directory: string): boolean {
    for (const bytes of readDirectory(this.#handles.open(directory)!, directory)) {
      const name = decodeName(bytes);
      const path = joinPath(directory, name);
      if (!this.#settleAt(this.#handles.open(directory)!, name, path)) return false;
    }
    const handle = this.#handles.open(directory)!;
    // It is there on nearly every directory that the step made, and means nothing there.
    if (!this.#opaque.has(directory)) removeXattrAt(handle, undefined, opaqueXattr(this.#options.xattrs));
    const entry = this.#entries.get(directory);
    if (entry) setTimesAt(handle, undefined, entry.modified, directory);
    return true;
  }

  #settleAt(directory: number, name: string, path: string): boolean {
    const entry = this.#entries.get(path);
    const place = nameInDirectory(name);
    if (entry === undefined) {
      this.#handles.forget(path);
      removeTree(directory, place, path);
      return true;
    }
    switch (entry.type) {
      case "directory":
        return this.#settleIn(path);
      case "whiteout": {
        const status = statusAt(directory, place, path);
        if (status?.kind !== "socket") return status !== undefined && isWhiteoutStatus(status);
        // No part of a layer; what it took the place of is gone.
        removeTree(directory, place, path);
        return fileCalls().mknodat(directory, place, constants.S_IFCHR, 0, 0) >= 0;
      }
      case "hardlink":
        // One file with the name it is a link to.
        return true;
      default:
        if (this.#isClamped(entry.modified)) setTimesAt(directory, place, entry.modified, path);
        return true;
    }
  }

  #isClamped({ seconds, nanoseconds }: Timestamp): boolean {
    return nanoseconds === 0 && seconds === this.#options.clamp.seconds;
  }
}
