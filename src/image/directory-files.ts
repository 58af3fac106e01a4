import { realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ByteRange } from "../blob/mod.ts";
import { type ByteStream, collect, errnoOf, KasaneError, messageOf } from "../lib/mod.ts";
import type { FileSet } from "./file-set.ts";
import { openSlice } from "./file-slice.ts";

/** The regular files below a directory. Links are followed as long as they stay in it: a layout from elsewhere shows nothing of this machine. */
export class DirectoryFiles implements FileSet {
  readonly #root: string;

  /** @throws KasaneError `not-found`, `io` */
  constructor(directory: string) {
    try {
      this.#root = realpathSync(directory);
    } catch (error) {
      const code = errnoOf(error) === "ENOENT" ? "not-found" : "io";
      throw new KasaneError(code, `cannot open the directory ${directory}: ${messageOf(error)}`, {
        hint: "check its path, and whether this user may read it",
        cause: error,
      });
    }
  }

  has(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  sizeOf(path: string): number | undefined {
    return this.#find(path)?.sizeBytes;
  }

  open(path: string, range?: ByteRange): ByteStream {
    return openSlice(this.#find(path), path, range);
  }

  async read(path: string, limitBytes: number): Promise<Uint8Array> {
    return collect(this.open(path), limitBytes, path);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #find(path: string): { path: string; start: number; sizeBytes: number } | undefined {
    try {
      const real = realpathSync(join(this.#root, path));
      if (!real.startsWith(this.#root === "/" ? "/" : `${this.#root}/`)) return undefined;
      const status = statSync(real);
      return status.isFile() ? { path: real, start: 0, sizeBytes: status.size } : undefined;
    } catch {
      return undefined;
    }
  }
}
