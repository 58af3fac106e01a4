import { constants, fstatSync } from "node:fs";
import { copyFile, type FileHandle, open, rename } from "node:fs/promises";
import { errnoOf } from "../lib/mod.ts";

/** Bodies up to this are cheaper to take as a chunk than to hand over, bytes. */
const smallBytes = 128 * 1024;

/**
 * Whether BodyTransfer may be used: into a file without anything in it only, because Bun replaces what is there by a body that it has in
 * memory already, and adds one that is still coming.
 */
export function isTransferable(source: Request | Response, offset: number): boolean {
  if (offset > 0 || source.body === null) return false;
  const told = source.headers.get("content-length");
  return told === null || Number(told) > smallBytes;
}

/**
 * A body on its way into an empty file without passing through JavaScript: 300 MB take 0.17 s of processor time instead of 0.28,
 * and two hundred at once 15 MB of memory instead of 500 (Bun keeps up to 1.5 MB for each body that it hands out as a stream). There is no
 * way to stop one; who must not wait leaves it the file and goes on with another.
 */
export class BodyTransfer {
  readonly #handle: FileHandle;
  readonly #writing: Promise<unknown>;
  readonly #left: Promise<never>;
  #offset = 0;
  #leave!: (reason: unknown) => void;

  constructor(handle: FileHandle, source: Request | Response) {
    this.#handle = handle;
    this.#writing = Bun.write(Bun.file(handle.fd), source as Response);
    this.#left = new Promise((_, reject) => {
      this.#leave = reject;
    });
    this.#left.catch(() => {});
  }

  /** What is in the file; of one that is closed, after leave(), what was there when it was last asked. */
  get offset(): number {
    const { fd } = this.#handle;
    if (fd >= 0) this.#offset = fstatSync(fd).size;
    return this.#offset;
  }

  /** Waits for the end of the body, its failure, or leave(). */
  async done(): Promise<void> {
    await Promise.race([this.#writing, this.#left]);
  }

  /** done() rejects with `reason`. The handle belongs to the body now and is closed at its end. */
  leave(reason: unknown): void {
    this.#leave(reason);
    const close = () => void this.#handle.close().catch(() => {});
    this.#writing.then(close, close);
  }
}

/**
 * Puts a copy in the place of the file at `path` and opens it: a sender that everybody took for dead may come back, and its bytes must not
 * reach what somebody else goes on with. `aside` is a free name on the same file system.
 */
export async function replaceWithCopy(path: string, aside: string): Promise<FileHandle> {
  await copyFile(path, aside, constants.COPYFILE_FICLONE);
  await rename(aside, path);
  return open(path, "r+");
}

/** Failures of the file, in contrast to those of the sender. */
export function isFileFailure(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno !== undefined && !["ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT"].includes(errno);
}
