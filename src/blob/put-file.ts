import { mkdir, rename, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf } from "../lib/mod.ts";
import { type Digest, type DigestAlgorithm, digestAlgorithm, digestOf } from "../oci/mod.ts";
import { blobPath, uploadPath } from "./blob-path.ts";
import { digestMismatch } from "./digest-mismatch.ts";
import type { DirectorySync } from "./directory-sync.ts";
import { storageError } from "./storage-error.ts";

/** Makes bytes a blob: bytes first, then the name, as an upload does. Two steps in the thread pool and a sync that many share. */
export async function putFile(
  home: { readonly root: string; readonly directories: DirectorySync },
  bytes: Uint8Array,
  expected: Digest,
): Promise<void> {
  const algorithm = digestAlgorithm(expected);
  const digest = digestOf(bytes, algorithm);
  if (digest !== expected) throw digestMismatch(expected, digest, bytes.length);
  const aside = uploadPath(home.root, crypto.randomUUID(), algorithm);
  const path = blobPath(home.root, expected);
  try {
    await withDirectories(home, algorithm, () =>
      writeFile(aside, bytes, { flag: "wx", mode: 0o644, flush: true }),
    );
    await withDirectories(home, algorithm, () => rename(aside, path));
    await home.directories.sync(dirname(path));
  } catch (error) {
    await unlink(aside).catch(() => {});
    throw storageError(`put blob ${expected}`, error);
  }
}

/** They are there but for the first time. */
async function withDirectories(
  home: { readonly root: string; readonly directories: DirectorySync },
  algorithm: DigestAlgorithm,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    const directories = [
      uploadPath(home.root, "x", algorithm),
      blobPath(home.root, `${algorithm}:x` as Digest),
    ];
    for (const directory of directories.map(dirname)) await mkdir(directory, { recursive: true });
    await home.directories.sync(dirname(dirname(directories[1]!)));
    await work();
  }
}
