import type { Stats } from "node:fs";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { isSettled } from "./is-settled.ts";

/** Device, inode, size, time of the last change to the content, of the last change to anything; and the content's digest. */
export type KnownFile = readonly [number, number, number, number, number, Digest];

/**
 * The digests of files from earlier builds, so that those that did not change since need not be read again. A file counts as unchanged when inode,
 * size and both times are the same; the time of the inode's last change cannot be set by anybody. What changes a file through a mapping that is
 * written to all the time is not noticed, as by git and make.
 */
export class KnownFiles {
  /** What earlier builds knew is read when the first file is asked for. */
  readonly #read: () => Map<string, KnownFile>;
  readonly #used = new Map<string, KnownFile>();
  #files: Map<string, KnownFile> | undefined;
  isChanged = false;

  constructor(read: () => Map<string, KnownFile>) {
    this.#read = read;
  }

  get(path: string, stats: Stats): Digest | undefined {
    this.#files ??= this.#read();
    const known = this.#files.get(path);
    if (!Array.isArray(known)) return undefined;
    const [device, inode, sizeBytes, modifiedMs, changedMs, digest] = known;
    const isSame =
      stats.ino === inode &&
      stats.size === sizeBytes &&
      stats.mtimeMs === modifiedMs &&
      stats.ctimeMs === changedMs &&
      stats.dev === device;
    if (!isSame || !isDigest(digest)) return undefined;
    this.#used.set(path, known);
    return digest;
  }

  /** @param stats from before the content was read, at `readAtMs` of this machine's clock */
  set(path: string, stats: Stats, digest: Digest, readAtMs: number): void {
    const { dev, ino, size, mtimeMs, ctimeMs } = stats;
    if (!isSettled(mtimeMs, readAtMs) || !isSettled(ctimeMs, readAtMs)) return;
    this.#used.set(path, [dev, ino, size, mtimeMs, ctimeMs, digest]);
    this.isChanged = true;
  }

  /** For the next build. One that looked at a part of the context keeps what is known of the rest, unless most of that may be long gone. */
  kept(): ReadonlyMap<string, KnownFile> {
    const all = new Map([...(this.#files ?? this.#read()), ...this.#used]);
    return all.size > 2 * this.#used.size + 1000 ? this.#used : all;
  }
}
