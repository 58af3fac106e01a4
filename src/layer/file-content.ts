import { closeSync, constants, readSync } from "node:fs";
import { fileCalls, O_CLOEXEC, ok } from "../lib/libc/mod.ts";
import { type Digest, DigestHasher, digestOf } from "../oci/mod.ts";
import { type DirectoryHandles, lastName, nameInDirectory, parentPath } from "./directory-handles.ts";

// O_NONBLOCK: should a pipe have taken the file's place, opening it must not wait for a writer.
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | O_CLOEXEC;
const chunkBytes = 256 * 1024;

/** The content of a file below a directory, opened when the first chunk is asked for. */
export function* fileContent(
  directory: DirectoryHandles,
  path: string,
  sizeBytes: number,
): Generator<Uint8Array> {
  const parent = directory.open(parentPath(path));
  if (parent === undefined) throw new Error(`the directory of ${JSON.stringify(path)} is gone`);
  const file = ok(fileCalls().openat(parent, nameInDirectory(lastName(path)), openFlags, 0), "openat", path);
  try {
    let left = sizeBytes;
    while (left > 0) {
      const chunk = Buffer.allocUnsafe(Math.min(left, chunkBytes));
      const length = readSync(file, chunk);
      if (length === 0) return;
      left -= length;
      yield length === chunk.length ? chunk : chunk.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

export function fileDigest(directory: DirectoryHandles, path: string, sizeBytes: number): Digest {
  let hasher: DigestHasher | undefined;
  for (const chunk of fileContent(directory, path, sizeBytes)) {
    // Most files are one chunk; a hasher costs more than their bytes.
    if (chunk.length === sizeBytes) return digestOf(chunk);
    hasher ??= new DigestHasher();
    hasher.update(chunk);
  }
  return hasher?.digest() ?? digestOf("");
}
