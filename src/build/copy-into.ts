import type { ParentMatch, PathMatcher } from "../dockerfile/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import type { Timestamp } from "../tar/mod.ts";
import type { ModeChange } from "./file-mode.ts";
import type { LayerDraft, Owner } from "./layer-draft.ts";
import type { SelectedSource } from "./select-sources.ts";
import { baseName, joinPath, parentPath, type SourceNode } from "./source-tree.ts";

export interface CopyIntoOptions {
  /** Absolute, clean; a trailing slash says that it is a directory. */
  readonly destination: string;
  /** Absent: new directories are root's, files keep their owner. */
  readonly owner?: Owner;
  readonly mode?: ModeChange;
  /** For sources that have no time of their own. */
  readonly modified: Timestamp;
  /** Paths below each source that are left out. */
  readonly exclude?: PathMatcher;
}

/** Permissions of directories that a destination lacks. */
const defaultDirectoryMode = 0o755;

/**
 * Puts sources where COPY and ADD put them: the content of a directory into the destination, a file into it where it is a directory, else in its
 * place. The same rules as BuildKit's copy.
 * @throws KasaneError `build-failed`, `invalid-dockerfile`
 */
export function copyInto(
  draft: LayerDraft,
  sources: readonly SelectedSource[],
  options: CopyIntoOptions,
): void {
  const { destination } = options;
  const isDirectory = destination.endsWith("/");
  const written = destination.replace(/^\/+|\/+$/g, "");
  const files = sources.filter(({ node }) => node.type !== "directory").length;
  if (files > 1 && !isDirectory && !draft.isDirectory(draft.resolve(written))) {
    throw new KasaneError(
      "invalid-dockerfile",
      `${files} sources cannot be copied to the one file ${destination}`,
      {
        hint: `end the destination in a slash: ${destination}/`,
      },
    );
  }
  for (const source of sources) copyOne(draft, source, written, isDirectory, options);
}

function copyOne(
  draft: LayerDraft,
  source: SelectedSource,
  written: string,
  isDirectory: boolean,
  options: CopyIntoOptions,
): void {
  const owner = options.owner ?? { uid: 0, gid: 0 };
  // --chmod is for what is copied: directories on the way keep the default, or nobody could enter them.
  const parent = draft.resolve(isDirectory ? written : parentPath(written));
  draft.makeDirectories(parent, defaultDirectoryMode, owner);
  const target = draft.resolve(written);
  if (source.node.type === "directory") {
    draft.makeDirectories(target, options.mode?.absolute ?? defaultDirectoryMode, owner);
    new TreeCopier(draft, source, options).children(source.node, target, { path: "" });
    return;
  }
  const path = draft.isDirectory(target) ? joinPath(target, source.name) : target;
  // A file lands on the name itself where the destination is a directory: a link there is replaced, not followed.
  draft.makeDirectories(parentPath(path), defaultDirectoryMode, owner);
  new TreeCopier(draft, source, options).one(source.node, path);
}

/** A directory of the source while its content is copied. */
interface Place {
  /** Below the source that was named. */
  readonly path: string;
  readonly excluded?: ParentMatch;
  readonly included?: ParentMatch;
}

class TreeCopier {
  readonly #draft: LayerDraft;
  readonly #source: SelectedSource;
  readonly #options: CopyIntoOptions;

  constructor(draft: LayerDraft, source: SelectedSource, options: CopyIntoOptions) {
    this.#draft = draft;
    this.#source = source;
    this.#options = options;
  }

  one(node: SourceNode, path: string): void {
    const { mode, owner, modified } = this.#options;
    const isDirectory = node.type === "directory";
    const { path: _, linkGroup: __, ...attributes } = node;
    this.#draft.put({
      ...attributes,
      path,
      mode: mode && node.type !== "symlink" ? mode.apply(node.mode, { isDirectory }) : node.mode,
      uid: owner?.uid ?? node.uid,
      gid: owner?.gid ?? node.gid,
      modified: node.modified ?? modified,
      ...(node.type === "file" ? { content: { tree: this.#source.tree, node, source: this.#source } } : {}),
    });
  }

  children(directory: SourceNode, target: string, place: Place): void {
    for (const node of this.#source.tree.children(directory.path)) {
      const name = baseName(node.path);
      const { isWanted, below } = this.#look(name, place);
      const path = joinPath(target, name);
      if (isWanted) this.one(node, path);
      if (node.type !== "directory") continue;
      // A directory that is not wanted itself comes along when something in it is.
      if (!isWanted) {
        if (!this.#hasWanted(node, below)) continue;
        this.one(node, path);
      }
      this.children(node, path, below);
    }
  }

  #hasWanted(directory: SourceNode, place: Place): boolean {
    const { only } = this.#source;
    // Nothing comes back below what is excluded, unless a pattern says so.
    if (!only && !this.#options.exclude?.hasExceptions) return false;
    return this.#source.tree.children(directory.path).some((node) => {
      const { isWanted, below } = this.#look(baseName(node.path), place);
      return isWanted || (node.type === "directory" && this.#hasWanted(node, below));
    });
  }

  #look(name: string, place: Place): { isWanted: boolean; below: Place } {
    const path = joinPath(place.path, name);
    const excluded = this.#options.exclude?.matchBelow(path, place.excluded);
    const included = this.#source.only?.matchBelow(path, place.included);
    return {
      isWanted: !excluded?.isMatched && (included?.isMatched ?? true),
      below: {
        path,
        ...(excluded ? { excluded: excluded.match } : {}),
        ...(included ? { included: included.match } : {}),
      },
    };
  }
}
