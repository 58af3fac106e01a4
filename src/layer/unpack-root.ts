import { constants } from "node:os";
import { type FileStatus, fileCalls, ok, readLinkAt, statusAt } from "../lib/libc/mod.ts";
import { decodeName, type Timestamp } from "../tar/mod.ts";
import { type Attributes, impliedAttributes } from "./attributes.ts";
import {
  ancestors,
  DirectoryHandles,
  joinPath,
  lastName,
  nameInDirectory,
  parentPath,
} from "./directory-handles.ts";
import type { LayerEntry } from "./entry.ts";
import { LowerView } from "./lower-view.ts";
import { removeTree } from "./remove-tree.ts";
import type { ImageTree } from "./tree.ts";
import { refused } from "./unpack-error.ts";

/**
 * Where an entry goes: `name` in the directory `parent`, symlinked parents resolved; `path` is both together. Open it with
 * UnpackRoot.open() for each use: descriptors do not live long.
 */
export interface Place {
  readonly parent: string;
  readonly name: string;
  readonly path: string;
}

/** What a part of a path is, in the directory itself or else in the layers below. */
type Part =
  | { readonly kind: "directory" | "missing" | "other" }
  | { readonly kind: "symlink"; readonly target: string };

const { EEXIST } = constants.errno;
/** As many as Linux follows (path_resolution(7)). */
const maxSymlinks = 40;

/**
 * The directory a layer is unpacked into, seen as the root of an image: what is there, over what the lower layers have (overlay mode
 * only; to merge, everything below is there already).
 */
export class UnpackRoot {
  readonly handles: DirectoryHandles;
  readonly isOverlay: boolean;
  readonly lower: LowerView;
  /** Directories made or described by the layer, and the attributes they get when everything is in place. */
  readonly directories = new Map<string, Attributes>();
  /** Merge mode: directories the layer puts something into without naming them, and the times they keep. */
  readonly touched = new Map<string, Timestamp>();
  /** Directory as written in the archive → directory where it really is. */
  readonly #resolved = new Map<string, string>();

  constructor(directory: string, options: { isOverlay: boolean; lower: ImageTree | undefined }) {
    this.handles = new DirectoryHandles(directory);
    this.isOverlay = options.isOverlay;
    this.lower = new LowerView(options.isOverlay ? options.lower : undefined);
    if (this.isOverlay) this.directories.set("", this.lower.at("") ?? impliedAttributes);
  }

  /** The place of a clean path that is not the root; its parents are made where they are missing. */
  placeOf(path: string): Place {
    return this.placeIn(this.resolve(parentPath(path), { create: true })!, lastName(path));
  }

  /** The place of `name` in a resolved directory, which is made where only lower layers have it. */
  placeIn(directory: string, name: string): Place {
    this.makePresent(directory);
    return { parent: directory, name, path: joinPath(directory, name) };
  }

  /** The directory a place is in, which is there since placeIn(). */
  open(place: Place): number {
    const handle = this.handles.open(place.parent);
    if (handle === undefined) throw refused(place.path, "its directory is gone");
    return handle;
  }

  /** Opens a resolved directory. One that only lower layers have is made, with those above it. */
  makePresent(path: string): number {
    const handle = this.handles.open(path) ?? this.#makeWithParents(path);
    if (!this.isOverlay && !this.directories.has(path) && !this.touched.has(path)) {
      this.touched.set(path, statusAt(handle)!.modified);
    }
    return handle;
  }

  /**
   * Where a directory's path leads: symlinks in every part are followed as the kernel would with the image as root (absolute ones
   * start at the root, `..` ends there). Missing parts are made where `create` says so; without, the answer is undefined, as it is
   * for parts that are no directories and for endless symlinks. What only lower layers have is found but not made: see makePresent().
   * @throws KasaneError `invalid-layer` with `create`, for the latter two
   */
  resolve(path: string, options: { create: boolean }): string | undefined {
    if (path === "") return "";
    const known = this.#resolved.get(path);
    if (known !== undefined) return known;
    const rest = path.split("/").reverse();
    let at = "";
    let symlinks = 0;
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        at = parentPath(at);
        continue;
      }
      const part = this.#partAt(at, name);
      if (part.kind === "symlink") {
        if (++symlinks > maxSymlinks) {
          if (!options.create) return undefined;
          throw refused(path, "there are too many symlinks on the way");
        }
        if (part.target.startsWith("/")) at = "";
        rest.push(...part.target.split("/").reverse());
        continue;
      }
      const next = joinPath(at, name);
      if (part.kind !== "directory") {
        if (!options.create) return undefined;
        if (part.kind === "other") throw refused(path, `${JSON.stringify(next)} is not a directory`);
        this.#makeDirectory(this.placeIn(at, name));
      }
      at = next;
    }
    this.#resolved.set(path, at);
    return at;
  }

  #partAt(directory: string, name: string): Part {
    const path = joinPath(directory, name);
    if (this.handles.open(path) !== undefined) return { kind: "directory" };
    const handle = this.handles.open(directory);
    const status = handle === undefined ? undefined : statusAt(handle, nameInDirectory(name), path);
    if (status?.kind === "symlink") {
      return { kind: "symlink", target: decodeName(readLinkAt(handle!, nameInDirectory(name), path)) };
    }
    if (status !== undefined)
      return { kind: this.isOverlay && isWhiteoutStatus(status) ? "missing" : "other" };
    const below = this.lower.at(path);
    if (below?.type === "symlink") return { kind: "symlink", target: below.linkTarget! };
    return { kind: below === undefined ? "missing" : below.type === "directory" ? "directory" : "other" };
  }

  statusOf(place: Place): FileStatus | undefined {
    return statusAt(this.open(place), nameInDirectory(place.name), place.path);
  }

  /** True when there is something in the directory itself, other than the mark that lower layers' is gone. */
  isPresent(place: Place): boolean {
    if (this.handles.open(place.parent) === undefined) return false;
    const status = this.statusOf(place);
    return status !== undefined && !(this.isOverlay && isWhiteoutStatus(status));
  }

  /** Removes what is at a place, so that something else can take it. What lower layers have there does not come back. */
  clear(place: Place): void {
    const status = this.statusOf(place);
    if (status === undefined) return;
    if (status.kind === "directory" || status.kind === "symlink") this.forgetResolved();
    if (status.kind === "directory") this.handles.forget(place.path);
    removeTree(this.open(place), nameInDirectory(place.name), place.path);
    if (this.isOverlay) this.lower.hide(place.path);
  }

  /** Tries `make`, a system call; where something is in its place already, that goes first. Returns what the call does. */
  makeFresh(place: Place, make: () => number): number {
    const result = make();
    if (result !== -EEXIST) return result;
    this.clear(place);
    return make();
  }

  /** To be called when paths may lead elsewhere than they did: something other than a new directory was put at one. */
  forgetResolved(): void {
    this.#resolved.clear();
  }

  /** Makes a directory for what the layer puts below, with the attributes it has in lower layers. */
  #makeDirectory(place: Place): void {
    this.clear(place);
    const below = this.lower.at(place.path);
    ok(fileCalls().mkdirat(this.open(place), nameInDirectory(place.name), 0o700), "mkdirat", place.path);
    this.directories.set(place.path, below?.type === "directory" ? below : impliedAttributes);
  }

  #makeWithParents(path: string): number {
    const missing = [path];
    for (const above of ancestors(path)) {
      if (this.handles.open(above) !== undefined) break;
      missing.push(above);
    }
    for (const directory of missing.reverse()) {
      this.#makeDirectory({ parent: parentPath(directory), name: lastName(directory), path: directory });
    }
    return this.handles.open(path)!;
  }

  close(): void {
    this.handles.close();
  }
}

/** The device 0:0 that stands for a removed name in an overlay directory. */
export function isWhiteoutStatus(status: FileStatus): boolean {
  return status.kind === "character-device" && status.deviceMajor === 0 && status.deviceMinor === 0;
}

/** True for what a layer puts where lower layers had a directory or a symlink, unless it is a directory over a directory. */
export function changesPaths(entry: LayerEntry, below: LayerEntry | undefined): boolean {
  if (below?.type === "symlink") return true;
  return below?.type === "directory" && entry.type !== "directory";
}
