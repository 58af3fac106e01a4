import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import { type CString, cString, fileCalls, OPEN_DIRECTORY, ok } from "../lib/libc/mod.ts";
import { encodeName } from "../tar/name-bytes.ts";

const openHandles = 128;
/** Of a path, the directories within these last bytes stay open: at most half as many, so two open() in a row cannot disturb each other. */
const keptBytes = 100;
const { ENOENT, ENOTDIR, ELOOP } = constants.errno;

/**
 * Open directories below a root, by clean path. Each part of a path is opened in the one before it and never through a link, so
 * that nothing outside the root can be reached whatever stands in it; and no path is too long.
 *
 * A descriptor stays open while it is among the last that were asked for: use it before asking for many others.
 */
export class DirectoryHandles {
  readonly #root: number;
  /** In order of last use. */
  readonly #open = new Map<string, number>();

  constructor(root: string) {
    this.#root = openSync(root, OPEN_DIRECTORY);
  }

  /** The descriptor of the directory at a clean path; undefined when some part of the path is not there or not a directory. */
  open(path: string): number | undefined {
    if (path === "") return this.#root;
    const known = this.#open.get(path);
    if (known !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, known);
      return known;
    }
    return this.#walk(path);
  }

  /** Lets go of `path` and everything below, after it was removed or made again. */
  forget(path: string): void {
    for (const [open, descriptor] of this.#open) {
      if (path !== "" && open !== path && !open.startsWith(`${path}/`)) continue;
      this.#open.delete(open);
      closeSync(descriptor);
    }
  }

  close(): void {
    this.forget("");
    closeSync(this.#root);
  }

  /** Starts at the nearest directory that is open already, and keeps the last few on the way. */
  #walk(path: string): number | undefined {
    let start = path.lastIndexOf("/");
    let at: number | undefined;
    while (start > 0) {
      at = this.#open.get(path.slice(0, start));
      if (at !== undefined) break;
      start = path.lastIndexOf("/", start - 1);
    }
    at ??= this.#root;
    let isOwn = false;
    for (let end = start; end < path.length; ) {
      const begin = end + 1;
      end = path.indexOf("/", begin);
      if (end === -1) end = path.length;
      const next = fileCalls().openat(at, nameInDirectory(path.slice(begin, end)), OPEN_DIRECTORY, 0);
      if (isOwn) closeSync(at);
      if (next === -ENOENT || next === -ENOTDIR || next === -ELOOP) return undefined;
      at = ok(next, "openat", path);
      isOwn = path.length - end > keptBytes;
      if (!isOwn) this.#keep(path.slice(0, end), at);
    }
    return at;
  }

  #keep(path: string, descriptor: number): void {
    this.#open.set(path, descriptor);
    if (this.#open.size <= openHandles) return;
    const [oldest, unused] = this.#open.entries().next().value!;
    this.#open.delete(oldest);
    closeSync(unused);
  }
}

/** One part of a path as a system call wants it. */
export function nameInDirectory(name: string): CString {
  return name.isWellFormed() ? cString(name) : cString(encodeName(name));
}

/** `parent` and `name` as a clean path. */
export function joinPath(parent: string, name: string): string {
  return parent === "" ? name : `${parent}/${name}`;
}

/** The clean path of the directory a path stands in. The root stands in itself. */
export function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The last part of a clean path. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The directories a clean path stands in, nearest first, the root last. */
export function* ancestors(path: string): Generator<string> {
  for (let at = path; at !== ""; ) {
    at = parentPath(at);
    yield at;
  }
}
