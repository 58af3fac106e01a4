import { open, rename, rm, stat } from "node:fs/promises";
import { type ByteSource, errnoOf, KasaneError } from "../lib/mod.ts";

/**
 * Writes a file that is either there whole or not at all: aside, flushed, renamed. Devices and pipes are written as they stand.
 * @throws KasaneError `not-found` where the directory is missing, `no-space`, `io`, and whatever `content` throws
 */
export async function writeFileAtomically(
  path: string,
  content: ByteSource,
  signal?: AbortSignal,
): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  const isSpecial = existing !== undefined && !existing.isFile();
  const target = isSpecial ? path : `${path}.${process.pid}.partial`;
  try {
    const file = await open(target, isSpecial ? "w" : "wx", 0o666);
    try {
      for await (const chunk of content) {
        signal?.throwIfAborted();
        for (let offset = 0; offset < chunk.length; ) {
          offset += (await file.write(chunk, offset)).bytesWritten;
        }
      }
      if (!isSpecial) await file.sync();
    } finally {
      await file.close();
    }
    if (!isSpecial) await rename(target, path);
  } catch (error) {
    // Where nothing can be written, nothing can be removed either: the first error is the one to tell.
    if (!isSpecial) await rm(target, { force: true }).catch(() => undefined);
    throw describe(error, path);
  }
}

function describe(error: unknown, path: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof KasaneError || errno === undefined) return error;
  if (errno === "ENOENT") {
    return new KasaneError("not-found", `cannot write ${path}: no such directory`, {
      hint: "make the directory first, or name another file",
      cause: error,
    });
  }
  if (errno === "ENOSPC" || errno === "EDQUOT") {
    return new KasaneError("no-space", `cannot write ${path}: no space left`, { cause: error });
  }
  const reason = errno === "EACCES" ? "permission denied" : errno;
  return new KasaneError("io", `cannot write ${path}: ${reason}`, { cause: error });
}
