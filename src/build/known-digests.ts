import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type Digest, digestHex, digestOf, isDigest } from "../oci/digest.ts";

/** Raised when a reader of the old form would misread the new one. */
const version = 1;
/** What is known of a context that was not built for so long goes. */
const keptMs = 30 * 24 * 60 * 60 * 1000;
/** A context with more files than that is read anew each time. */
const maxFiles = 500_000;
/** Time stamps come from a clock that ticks every 1 to 10 ms. */
const settledMs = 50;
/** Where a file system keeps whole seconds (or two), as FAT does. */
const settledCoarseMs = 2500;

/** Device, inode, size, time of the last change to the content, of the last change to anything; and the content's digest. */
type KnownFile = readonly [number, number, number, number, number, Digest];

/**
 * The digests of a build context's files from earlier builds, so that those that did not change since need not be read again. A file counts as
 * unchanged when inode, size and both times are the same; the time of the inode's last change cannot be set by anybody. As git does with
 * its index ("racy git"), a file that had been changed just before it was read is not believed: it may be changed once more within the
 * same tick of the clock. What changes a file through a mapping that is written to all the time is not noticed, as by git and make.
 *
 * A file in `ROOT/contexts/` for each context; losing one costs a reading, and a damaged one is as good as none.
 */
export class KnownDigests {
  readonly #path: string;
  readonly #context: string;
  readonly #files: Map<string, KnownFile>;
  readonly #used = new Map<string, KnownFile>();
  #isChanged = false;

  /**
   * @param directory of the store, for all contexts
   * @param context the context's real path
   */
  constructor(directory: string, context: string) {
    this.#path = join(directory, `${digestHex(digestOf(context)).slice(0, 32)}.json`);
    this.#context = context;
    this.#files = read(this.#path, context);
  }

  get(path: string, stats: Stats): Digest | undefined {
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
    const isCoarse = mtimeMs % 1000 === 0 && ctimeMs % 1000 === 0;
    const settledBeforeMs = readAtMs - (isCoarse ? settledCoarseMs : settledMs);
    if (mtimeMs > settledBeforeMs || ctimeMs > settledBeforeMs) return;
    this.#used.set(path, [dev, ino, size, mtimeMs, ctimeMs, digest]);
    this.#isChanged = true;
  }

  /** What this build asked for, for the next one. Nobody waits for the disk, and a failure costs no build. */
  save(): void {
    if (!this.#isChanged) return;
    const files = this.#keptFiles();
    if (files.size > maxFiles) return;
    const temporary = `${this.#path}.${crypto.randomUUID().slice(0, 8)}`;
    try {
      const directory = dirname(this.#path);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      removeOld(directory);
      writeFileSync(temporary, JSON.stringify({ version, context: this.#context, files: [...files] }), {
        mode: 0o600,
      });
      renameSync(temporary, this.#path);
    } catch {
      remove(temporary);
    }
  }

  /** A build that looked at a part of the context keeps what is known of the rest, unless most of that may be long gone. */
  #keptFiles(): Map<string, KnownFile> {
    const all = new Map([...this.#files, ...this.#used]);
    return all.size > 2 * this.#used.size + 1000 ? this.#used : all;
  }

  /** After something turned out not to be as it was known. */
  forget(): void {
    this.#isChanged = false;
    remove(this.#path);
  }
}

function read(path: string, context: string): Map<string, KnownFile> {
  try {
    const found = JSON.parse(readFileSync(path, "utf8")) as {
      version: unknown;
      context: unknown;
      files: [string, KnownFile][];
    };
    if (found.version !== version || found.context !== context) return new Map();
    return new Map(found.files);
  } catch {
    return new Map();
  }
}

function removeOld(directory: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > keptMs) remove(path);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Not there, or not ours to remove.
  }
}
