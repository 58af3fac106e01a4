import { type ByteSource, KasaneError } from "../lib/mod.ts";
import type { AttributeOptions } from "./attributes.ts";
import { decompress } from "./compression.ts";
import { joinPath, lastName, parentPath } from "./directory-handles.ts";
import type { LayerEntry } from "./entry.ts";
import { finishDirectories } from "./finish-directories.ts";
import type { OverlayXattrs } from "./overlay.ts";
import { readLayer } from "./read-layer.ts";
import type { ImageTree, TreeNode } from "./tree.ts";
import { unpackDirectory, unpackLink, unpackSpecial } from "./unpack-entry.ts";
import { refused, show, unpackError } from "./unpack-error.ts";
import { replaceFile, unpackFile } from "./unpack-file.ts";
import { changesPaths, type Place, UnpackRoot } from "./unpack-root.ts";
import { MergeWhiteouts, OverlayWhiteouts, type Whiteouts } from "./unpack-whiteouts.ts";

export interface ApplyOptions {
  /** What lies below: gives attributes of parent directories the layer does not name, and resolves symlinked parents. */
  readonly lower?: ImageTree;
  /** Reads a file of a lower layer, for hard links that reach below. */
  readonly readLower?: (path: string) => AsyncIterable<Uint8Array>;
  /**
   * `overlay`: `directory` becomes an overlay lower directory, whiteouts become 0:0 devices and opaque xattrs.
   * `merge`: the layer is applied on top of what is in `directory`, whiteouts remove.
   */
  readonly mode: { readonly kind: "overlay"; readonly xattrs: OverlayXattrs } | { readonly kind: "merge" };
  /** `ignore` where only one uid is mapped: files belong to the caller, the true owner is kept in `user.kasane.owner`. */
  readonly ownership: "keep" | "ignore";
  /**
   * What happens where a directory meets something else of its name: one takes the other's place (the default), or that is an error. With
   * `refuse` a file takes the place of another only when it is whole.
   */
  readonly typeConflicts?: "replace" | "refuse";
  /** Hears of what could not be kept: xattrs the file system refuses, devices in a user namespace. */
  readonly warn?: (message: string) => void;
}

/**
 * Unpacks a layer blob (compressed or not) into `directory`. Nothing outside `directory` is touched, whatever the
 * archive says: every parent is opened without following links. Not atomic: unpack aside and rename.
 *
 * Entries are applied in the order of the archive, as other engines do: a later one of the same path wins, and a parent that is a symlink (in
 * this layer or below) is followed within the root. Whiteouts touch only what lower layers brought.
 * @throws KasaneError `invalid-layer`, `no-space`, `io`
 */
export async function applyLayer(blob: ByteSource, directory: string, options: ApplyOptions): Promise<void> {
  const root = new UnpackRoot(directory, {
    isOverlay: options.mode.kind === "overlay",
    lower: options.lower,
  });
  try {
    await new LayerUnpack(root, options).run(blob);
  } finally {
    root.close();
  }
}

class LayerUnpack {
  readonly #root: UnpackRoot;
  readonly #options: ApplyOptions;
  readonly #attributes: AttributeOptions;
  readonly #whiteouts: Whiteouts;
  /** Hard links whose target has not come yet. */
  readonly #waiting: LayerEntry[] = [];
  /** Files that only links keep, because the layer hides their own names: where each was copied to. */
  readonly #copies = new Map<TreeNode, { readonly place: Place; readonly identity: string }>();

  constructor(root: UnpackRoot, options: ApplyOptions) {
    this.#root = root;
    this.#options = options;
    const { ownership, warn } = options;
    this.#attributes = { ownership, ...(warn === undefined ? {} : { warn }) };
    this.#whiteouts = root.isOverlay ? new OverlayWhiteouts(root) : new MergeWhiteouts(root);
  }

  async run(blob: ByteSource): Promise<void> {
    for await (const { entry, content } of readLayer(decompress(blob))) {
      await this.#reporting(entry, () => this.#unpack(entry, content));
    }
    for (const entry of this.#waiting) {
      await this.#reporting(entry, async () => {
        if (await this.#link(entry)) return;
        throw refused(entry.path, `it is a hard link to ${show(entry.linkTarget!)}, which is not there`);
      });
    }
    this.#whiteouts.finish();
    const { mode } = this.#options;
    const xattrs = mode.kind === "overlay" ? mode.xattrs : undefined;
    finishDirectories(this.#root, { ...this.#attributes, ...(xattrs === undefined ? {} : { xattrs }) });
  }

  async #reporting(entry: LayerEntry, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw unpackError(entry.path, error);
    }
  }

  async #unpack(entry: LayerEntry, content: () => AsyncIterable<Uint8Array>): Promise<void> {
    const { path } = entry;
    if (entry.type === "whiteout") return this.#whiteouts.hide(path);
    if (entry.type === "opaque") return this.#whiteouts.hideChildren(path);
    if (path === "") {
      this.#root.directories.set("", entry);
    } else if (entry.type === "hardlink") {
      if (!(await this.#link(entry))) this.#waiting.push(entry);
    } else {
      const place = this.#root.placeOf(path);
      await this.#make(place, entry, content);
      if (changesPaths(entry, this.#root.lower.at(place.path))) this.#root.forgetResolved();
    }
  }

  async #make(place: Place, entry: LayerEntry, content: () => AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#options.typeConflicts === "refuse") this.#refuseConflict(place, entry);
    const [root, options] = [this.#root, this.#attributes];
    if (entry.type === "file") {
      const unpack = this.#options.typeConflicts === "refuse" ? replaceFile : unpackFile;
      await unpack({ root, place, entry, content: content(), options });
    } else if (entry.type === "directory") unpackDirectory(root, place, entry);
    else unpackSpecial(root, place, entry, options);
    this.#whiteouts.brought(place.path);
  }

  #refuseConflict(place: Place, entry: LayerEntry): void {
    const there = this.#root.statusOf(place)?.kind;
    const isDirectory = entry.type === "directory";
    if (there === undefined || (there === "directory") === isDirectory) return;
    throw new KasaneError(
      "conflict",
      isDirectory
        ? `cannot overwrite non-directory ${show(place.path)} with a directory`
        : `cannot overwrite directory ${show(place.path)} with a non-directory`,
      { hint: "remove it first, or copy to another place" },
    );
  }

  /** False when the target is not there. */
  async #link(entry: LayerEntry): Promise<boolean> {
    const root = this.#root;
    const target = entry.linkTarget!;
    const directory = root.resolve(parentPath(target), { create: false });
    if (directory === undefined) return this.#linkToHidden(entry);
    const name = lastName(target);
    const there: Place = { parent: directory, name, path: joinPath(directory, name) };
    if (!root.isPresent(there)) {
      const below = root.lower.at(there.path);
      if (below === undefined) return this.#linkToHidden(entry);
      // The file is copied up to its own name first, as an overlay mount would do it, so that both names stay one file.
      if (!(await this.#copyLower(root.placeOf(target), below))) return false;
    }
    const place = root.placeOf(entry.path);
    unpackLink(root, place, there);
    this.#whiteouts.brought(place.path);
    if (changesPaths(entry, root.lower.at(place.path))) root.forgetResolved();
    return true;
  }

  /** The target may be a file of the lower layers that a whiteout of this layer takes away. */
  async #linkToHidden(entry: LayerEntry): Promise<boolean> {
    const node = this.#options.lower?.resolve(entry.linkTarget!);
    if (node === undefined) return false;
    const place = this.#root.placeOf(entry.path);
    const file = node.target ?? node;
    const copy = this.#copies.get(file);
    if (copy !== undefined && this.#root.statusOf(copy.place)?.identity === copy.identity) {
      unpackLink(this.#root, place, copy.place);
      this.#whiteouts.brought(place.path);
      return true;
    }
    if (!(await this.#copyLower(place, file.entry, node.entry.path))) return false;
    this.#copies.set(file, { place, identity: this.#root.statusOf(place)!.identity });
    return true;
  }

  async #copyLower(place: Place, below: LayerEntry, path = place.path): Promise<boolean> {
    const { readLower } = this.#options;
    if (below.type === "directory" || (below.type === "file" && readLower === undefined)) return false;
    await this.#make(place, below, () => readLower!(path));
    return true;
  }
}
