import { posix } from "node:path";
import { type FileKind, readLinkAt, statusAt } from "../lib/libc/mod.ts";
import { decodeName } from "../tar/mod.ts";
import { joinPath, lastName, nameInDirectory, parentPath } from "./directory-handles.ts";
import { UnpackRoot } from "./unpack-root.ts";

/** What a path inside a root directory leads to. */
export interface InsidePath {
  /** Clean, symlinks of its directories resolved; undefined where a directory on the way is missing. */
  readonly path: string | undefined;
  /** undefined: nothing is there. */
  readonly kind: FileKind | undefined;
}

const nowhere: InsidePath = { path: undefined, kind: undefined };
/** As many as Linux follows (path_resolution(7)). */
const maxSymlinks = 40;

/**
 * Looks up paths as a process whose root directory it is would, and never leaves it: links are read and followed by hand, whoever exchanges what
 * meanwhile. `..` is taken away before anything is looked up, as docker does.
 */
export class InsideRoot {
  readonly #root: UnpackRoot;

  constructor(directory: string) {
    this.#root = new UnpackRoot(directory, { isOverlay: false, lower: undefined });
  }

  /** Links on the way are followed; a link at the end only where the path ends in `/` or `/.`, and then something else than a directory is nothing. */
  look(path: string): InsidePath {
    const clean = posix.normalize(`/${path}`).replace(/^\/+|\/+$/g, "");
    if (clean === "") return { path: "", kind: "directory" };
    if (/(^|\/)\.?$/.test(path)) {
      const directory = this.#root.resolve(clean, { create: false });
      return directory === undefined ? nowhere : { path: directory, kind: "directory" };
    }
    const parent = this.#root.resolve(parentPath(clean), { create: false });
    const handle = parent === undefined ? undefined : this.#root.handles.open(parent);
    if (parent === undefined || handle === undefined) return nowhere;
    const name = lastName(clean);
    const found = joinPath(parent, name);
    return { path: found, kind: statusAt(handle, nameInDirectory(name), found)?.kind };
  }

  /** look() that follows a link at the end as well, as often as there is one. */
  follow(path: string): InsidePath {
    let at = path;
    for (let links = 0; links <= maxSymlinks; links++) {
      const found = this.look(at);
      if (found.kind !== "symlink" || found.path === undefined) return found;
      const target = this.#readLink(found.path);
      at = target.startsWith("/") ? target : `/${parentPath(found.path)}/${target}`;
    }
    return nowhere;
  }

  /** A name by which a directory of look() can be opened until close(), whatever becomes of its path. */
  nameOf(directory: string): string | undefined {
    const handle = this.#root.handles.open(directory);
    return handle === undefined ? undefined : `/proc/self/fd/${handle}/.`;
  }

  close(): void {
    this.#root.close();
  }

  #readLink(path: string): string {
    const handle = this.#root.handles.open(parentPath(path))!;
    return decodeName(readLinkAt(handle, nameInDirectory(lastName(path)), path));
  }
}
