import { createReadStream } from "node:fs";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, KasaneError, messageOf } from "../lib/mod.ts";

/** Contents up to this size wait in memory, larger ones in a file. */
const memoryBytes = 4 * 1024 * 1024;

/** Where large contents wait: a directory that is made when it is needed. */
export interface Spool {
  directory(): Promise<string>;
}

/**
 * The same bytes, but none before all of them have come: when `content` ends with an error, because its digest is wrong, nothing of it
 * has been seen.
 */
export async function* heldContent(
  content: AsyncIterable<Uint8Array>,
  spool: Spool,
): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const iterator = content[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await iterator.next();
    if (done) {
      yield* chunks;
      return;
    }
    chunks.push(value.slice());
    sizeBytes += value.length;
    if (sizeBytes > memoryBytes) break;
  }
  yield* throughFile(chunks, { [Symbol.asyncIterator]: () => iterator }, await spool.directory());
}

async function* throughFile(
  first: Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
  directory: string,
): AsyncGenerator<Uint8Array> {
  const path = join(directory, crypto.randomUUID());
  try {
    const file = await SpoolFile.make(path);
    try {
      for (const chunk of first) await file.write(chunk);
      first.length = 0;
      for await (const chunk of rest) await file.write(chunk);
    } finally {
      await file.close();
    }
    yield* createReadStream(path, { highWaterMark: 256 * 1024 });
  } finally {
    await unlink(path).catch(() => {});
  }
}

/** A file of a spool on its way to the disk. */
export class SpoolFile {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @throws KasaneError `no-space`, `io` */
  static async make(path: string): Promise<SpoolFile> {
    return new SpoolFile(await open(path, "wx", 0o600).catch(failed));
  }

  /** @throws KasaneError `no-space`, `io` */
  async write(chunk: Uint8Array): Promise<void> {
    await this.#file.writeFile(chunk).catch(failed);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function failed(error: unknown): never {
  const errno = errnoOf(error);
  const isFull = errno === "ENOSPC" || errno === "EDQUOT";
  throw new KasaneError(
    isFull ? "no-space" : "io",
    `cannot keep what was fetched to be looked at: ${errno ?? messageOf(error)}`,
    { cause: error },
  );
}
