import { closeSync, constants, openSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../errors.ts";
import type { ByteSource } from "../stream.ts";
import { cString } from "./c-string.ts";
import { O_PATH } from "./file-calls.ts";
import { freeAside, takeName } from "./take-name.ts";

const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

/**
 * Writes a file that takes its name when it is whole and on the disk; until then what was there stays. It has no name meanwhile, so that whoever is
 * killed leaves nothing, or what the next writer takes away; where the file system knows no such files it is called `.kasane-…`.
 * @throws whatever `content` throws, and errors of the system as they are
 */
export async function writeWholeFile(
  path: string,
  content: ByteSource,
  options: { readonly signal?: AbortSignal | undefined; readonly mode?: number } = {},
): Promise<void> {
  const { signal, mode = 0o666 } = options;
  const unnamed = await openUnnamed(dirname(path), mode);
  const aside = join(dirname(path), Buffer.from(freeAside().subarray(0, -1)).toString());
  const file = unnamed ?? (await open(aside, "wx", mode));
  try {
    await writeAll(file, content, signal);
    await file.sync();
    if (unnamed) nameIt(unnamed, path);
    else await rename(aside, path);
  } catch (error) {
    // Where nothing can be written, nothing can be removed either: the first error is the one to tell.
    await rm(aside, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
}

function nameIt({ fd }: FileHandle, path: string): void {
  const directory = openSync(dirname(path), O_PATH | constants.O_DIRECTORY);
  try {
    takeName(fd, directory, cString(basename(path)), path);
  } finally {
    closeSync(directory);
  }
}

/** Writes to what is there and has to stay what it is: a device or a pipe. @throws as writeAll() */
export async function writeInPlace(path: string, content: ByteSource, signal?: AbortSignal): Promise<void> {
  const file = await open(path, "w");
  try {
    await writeAll(file, content, signal);
  } finally {
    await file.close();
  }
}

/** @throws whatever `content` throws, and errors of the system as they are */
async function writeAll(file: FileHandle, content: ByteSource, signal?: AbortSignal): Promise<void> {
  for await (const chunk of content) {
    signal?.throwIfAborted();
    for (let offset = 0; offset < chunk.length; ) {
      offset += (await file.write(chunk, offset)).bytesWritten;
    }
  }
}

/** undefined where there are no such files: EISDIR says an old kernel, EOPNOTSUPP a file system. */
async function openUnnamed(directory: string, mode: number): Promise<FileHandle | undefined> {
  try {
    return await open(directory, constants.O_RDWR | O_TMPFILE, mode);
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "EACCES" || errnoOf(error) === "ENOSPC")
      throw error;
    return undefined;
  }
}
