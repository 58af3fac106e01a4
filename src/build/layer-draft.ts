import type { LayerEntry } from "../layer/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { compareNames, sortNames, type TarEntryType, type Timestamp } from "../tar/mod.ts";
import {
  baseName,
  joinPath,
  parentPath,
  resolveLinks,
  type SourceNode,
  type SourceTree,
} from "./source-tree.ts";

/** One path of a layer that is being made from sources. */
export interface DraftEntry {
  readonly path: string;
  readonly type: TarEntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly modified: Timestamp;
  /** Symlink: as it stands. Hard link: the clean path of its target. */
  readonly linkTarget?: string;
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  /** Files: where the bytes come from. Names of one file stay links of each other where they came by the same `source`. */
  readonly content?: { readonly tree: SourceTree; readonly node: SourceNode; readonly source?: object };
}

/** What a draft stands on: the tree of an image, or a root directory. */
export interface LowerTree {
  get(path: string): { readonly entry: LayerEntry } | undefined;
}

/** Who new files and directories belong to. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const root: Owner = { uid: 0, gid: 0 };

/**
 * A layer while it is put together on top of an image that is not unpacked: sees both, so that symlinks, existing directories
 * and what the same instruction brought before count as they would on a disk.
 */
export class LayerDraft {
  readonly #lower: LowerTree;
  readonly #modified: Timestamp;
  readonly #entries = new Map<string, DraftEntry>();
  /** Lower directories that something else stands on now. */
  readonly #replaced = new Set<string>();

  constructor(lower: LowerTree, modified: Timestamp) {
    this.#lower = lower;
    this.#modified = modified;
  }

  /** What stands at a clean path, symlinks not followed. */
  get(path: string): DraftEntry | LayerEntry | undefined {
    const own = this.#entries.get(path);
    if (own) return own;
    if (path === "") return this.#lower.get("")?.entry ?? this.#newDirectory("", 0o755, root);
    for (const replaced of this.#replaced) if (path.startsWith(`${replaced}/`)) return undefined;
    return this.#lower.get(path)?.entry;
  }

  isDirectory(path: string): boolean {
    return path === "" || this.get(path)?.type === "directory";
  }

  /**
   * The path with its symlinks followed, below `inside` as in a chroot.
   * @throws KasaneError `build-failed` for loops
   */
  resolve(path: string, inside = ""): string {
    const view = inside === "" ? this : { get: (part: string) => this.get(joinPath(inside, part)) };
    const resolved = resolveLinks(view, path);
    if (resolved !== undefined) return joinPath(inside, resolved);
    throw new KasaneError("build-failed", `the symlinks of the destination /${path} run in a circle`, {
      hint: "copy to another place, or remove one of them with RUN before",
    });
  }

  /**
   * Makes a directory and the parents it lacks; those that exist keep what they have. `path` has no symlinks left.
   * @throws KasaneError `build-failed` where something else stands in the way
   */
  makeDirectories(path: string, mode: number, owner: Owner): void {
    const parts = path === "" ? [] : path.split("/");
    for (let length = 1; length <= parts.length; length++) {
      const part = parts.slice(0, length).join("/");
      const there = this.get(part);
      if (!there) this.#entries.set(part, this.#newDirectory(part, mode, owner));
      else if (there.type !== "directory") {
        throw new KasaneError(
          "build-failed",
          `cannot make the directory /${part}: a ${kindName(there.type)} is in its place`,
          { hint: "choose another destination, or remove what is there with RUN before" },
        );
      }
    }
  }

  /**
   * Puts an entry where there is none, or in the place of one. A directory on a directory takes over the new attributes and keeps
   * what is in it. Parents must exist.
   * @throws KasaneError `build-failed` for a directory on something else or the other way round, unless `replace`
   */
  put(entry: DraftEntry, options: { replace?: boolean } = {}): void {
    const there = this.get(entry.path);
    checkName(entry.path);
    if (there && (there.type === "directory") !== (entry.type === "directory")) {
      if (!options.replace) {
        throw new KasaneError(
          "build-failed",
          `cannot copy a ${kindName(entry.type)} to /${entry.path}: a ${kindName(there.type)} is in its place`,
          there.type === "symlink"
            ? { hint: `copy to the directory that /${entry.path} (a link to ${there.linkTarget}) points to` }
            : {},
        );
      }
      if (there.type === "directory") this.#replace(entry.path);
    }
    this.#entries.set(entry.path, entry);
  }

  /** Sorted by path, without the parents that stay as they are. */
  changes(): DraftEntry[] {
    return [...this.#entries.values()].sort((a, b) => compareNames(a.path, b.path));
  }

  /** Sorted by path; parents of what changed are there, with the attributes they have below. */
  entries(): DraftEntry[] {
    const all = new Map(this.#entries);
    for (const path of this.#entries.keys()) {
      for (let parent = parentPath(path); parent !== "" && !all.has(parent); parent = parentPath(parent)) {
        all.set(parent, this.#kept(parent));
      }
    }
    return sortNames([...all.keys()]).map((path) => all.get(path)!);
  }

  #kept(path: string): DraftEntry {
    const { contentDigest: _, contentOffset: __, type, ...kept } = this.#lower.get(path)!.entry;
    return { ...kept, path, type: type as TarEntryType };
  }

  #replace(path: string): void {
    this.#replaced.add(path);
    for (const below of this.#entries.keys()) if (below.startsWith(`${path}/`)) this.#entries.delete(below);
  }

  #newDirectory(path: string, mode: number, owner: Owner): DraftEntry {
    return { path, type: "directory", mode, ...owner, sizeBytes: 0, modified: this.#modified };
  }
}

function kindName(type: LayerEntry["type"]): string {
  return type === "hardlink" ? "file" : type;
}

/** In a layer, names that begin with .wh. mean that something is gone. */
function checkName(path: string): void {
  if (!baseName(path).startsWith(".wh.")) return;
  throw new KasaneError(
    "unsupported",
    `cannot put /${path} into a layer: names that begin with .wh. mark deleted files`,
    { hint: "give it another name, or leave it out with .dockerignore" },
  );
}
