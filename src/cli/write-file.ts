import { stat } from "node:fs/promises";
import { type ByteSource, errnoOf, KasaneError } from "../lib/mod.ts";

/**
 * Writes a file that is either there whole or not at all. Devices and pipes are written as they stand.
 * @throws KasaneError `not-found` where the directory is missing, `no-space`, `io`, and whatever `content` throws
 */
export async function writeFileAtomically(
  path: string,
  content: ByteSource,
  signal?: AbortSignal,
): Promise<void> {
  const { writeInPlace, writeWholeFile } = await import("../lib/libc/mod.ts");
  try {
    const existing = await stat(path).catch(() => undefined);
    if (existing === undefined || existing.isFile()) return await writeWholeFile(path, content, { signal });
    await writeInPlace(path, content, signal);
  } catch (error) {
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
    return new KasaneError("no-space", `cannot write ${path}: no space left`, {
      hint: "free some space there, or name another file",
      cause: error,
    });
  }
  const reason = errno === "EACCES" ? "permission denied" : errno;
  return new KasaneError("io", `cannot write ${path}: ${reason}`, { cause: error });
}
