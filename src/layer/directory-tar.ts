import { KasaneError } from "../lib/mod.ts";
import type { TarInput } from "../tar/mod.ts";
import { DirectoryHandles, joinPath, lastName } from "./directory-handles.ts";
import { fileContent } from "./file-content.ts";
import { hardLink } from "./hard-link.ts";
import { whiteoutPrefix } from "./layer-path.ts";
import { type DiskEntry, readEntry, sortedNames } from "./read-tree.ts";
import { show } from "./unpack-error.ts";

export interface DirectoryTarOptions {
  /** As in ApplyOptions. Default: `keep`. */
  readonly ownership?: "keep" | "ignore";
  /** Adds an entry for the directory itself. Default: false, because its mode and owner are often those of a temporary directory. */
  readonly includeRoot?: boolean;
  /** Only what is at this clean path, and below. */
  readonly start?: string;
  /** True for clean paths to leave out, with everything below. */
  readonly exclude?: (path: string) => boolean;
  /** What to do with names that would remove files if the tar were used as a layer. Default: `refuse`. */
  readonly whiteoutNames?: "refuse" | "keep";
}

/**
 * A whole directory tree as sorted tar inputs, depth first: names of one file become hard links, sockets are left out, and of the
 * xattrs those stay that belong to an image. No symlink is followed. Nothing may change in the directory meanwhile.
 * @throws KasaneError `unsupported`, `limit-exceeded` for paths over 4096 bytes; `io`
 */
export async function* directoryTar(
  path: string,
  options: DirectoryTarOptions = {},
): AsyncGenerator<TarInput> {
  const directory = new DirectoryHandles(path);
  try {
    yield* new DirectoryWalk(directory, options).visit(options.start ?? "");
  } finally {
    directory.close();
  }
}

class DirectoryWalk {
  readonly #directory: DirectoryHandles;
  readonly #options: DirectoryTarOptions;
  readonly #firstNames = new Map<string, string>();

  constructor(directory: DirectoryHandles, options: DirectoryTarOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Without recursion: every level of it would cost a step for every entry below. */
  *visit(start: string): Generator<TarInput> {
    const pending = [start];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      const disk = readEntry(this.#directory, path, this.#options);
      if (disk === undefined || disk.status.kind === "socket") continue;
      if (path !== "" || this.#options.includeRoot === true) yield this.#input(path, disk);
      if (disk.entry.type !== "directory") continue;
      for (const name of sortedNames(this.#directory, path).reverse()) {
        const child = joinPath(path, name);
        if (this.#options.exclude?.(child) !== true) pending.push(child);
      }
    }
  }

  #input(path: string, { entry, status }: DiskEntry): TarInput {
    if (this.#options.whiteoutNames !== "keep" && lastName(path).startsWith(whiteoutPrefix)) {
      throw new KasaneError(
        "unsupported",
        `cannot make a layer: the name of ${show(path)} would remove a file`,
        {
          hint: `in layers, names that start with ${whiteoutPrefix} stand for removed files`,
        },
      );
    }
    if (status.linkCount > 1 && entry.type !== "directory") {
      const first = this.#firstNames.get(status.identity);
      if (first !== undefined) return { entry: hardLink(entry, first) };
      this.#firstNames.set(status.identity, path);
    }
    if (path === "") return { entry: { ...entry, path: "./" } };
    if (entry.type !== "file") return { entry };
    return { entry, content: fileContent(this.#directory, path, entry.sizeBytes) };
  }
}
