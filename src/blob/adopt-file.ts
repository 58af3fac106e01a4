import { constants } from "node:fs";
import { copyFile, link, mkdir, open, realpath, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errnoOf, KasaneError } from "../lib/mod.ts";
import { type Digest, DigestHasher, digestAlgorithm } from "../oci/mod.ts";
import { blobPath } from "./blob-path.ts";
import type { BlobInfo } from "./blob-store.ts";
import { digestMismatch } from "./digest-mismatch.ts";
import type { FileSystemBlobStore } from "./file-system-blobs.ts";
import { storageError } from "./storage-error.ts";

const chunkBytes = 512 * 1024;

/** What makes a hard link impossible, and a copy not. */
const noLink = new Set(["EXDEV", "EPERM", "EACCES", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

export interface AdoptedBlob extends BlobInfo {
  /** `present`: the store had it, and nothing was read. `copied` takes no room where the file system shares extents. */
  readonly how: "linked" | "copied" | "present";
}

export interface AdoptOptions {
  /** A file that nobody changes in place, as the blobs of registries and layouts are. It is left as it is. */
  readonly path: string;
  readonly expected: Digest;
  /** An empty directory of the caller's own on the store's file system, for the file until it is known to be the right one. */
  readonly workDirectory: string;
  /** Bytes hashed since the last call. */
  readonly onBytes?: (count: number) => void;
}

/**
 * Makes a file that lies elsewhere a blob of this store, by a hard link where that is possible and else by a copy. The name in the
 * work directory keeps hold of the very file that is hashed: what replaces the original meanwhile is never visible here.
 * @throws KasaneError `not-found`, `digest-mismatch`, `no-space`, `io`
 */
export async function adoptFile(store: FileSystemBlobStore, options: AdoptOptions): Promise<AdoptedBlob> {
  const { path, expected } = options;
  const target = blobPath(store.root, expected);
  const own = join(options.workDirectory, crypto.randomUUID());
  try {
    const original = await realpath(path);
    const found = await stat(original);
    if (!found.isFile()) throw new KasaneError("io", `cannot take over ${path}: it is not a file`);
    if (await hasSize(target, found.size)) {
      return { digest: expected, sizeBytes: found.size, how: "present" };
    }
    const how = await bring(original, own);
    const sizeBytes = await check(own, options);
    await publish(store, own, target);
    return { digest: expected, sizeBytes, how };
  } catch (error) {
    if (errnoOf(error) === "ENOENT") {
      throw new KasaneError("not-found", `cannot take over ${path}: it is not there`, {
        hint: "name a file that exists",
        cause: error,
      });
    }
    throw storageError(`take over ${path}`, error);
  } finally {
    await unlink(own).catch(() => {});
  }
}

async function bring(original: string, own: string): Promise<"linked" | "copied"> {
  try {
    await link(original, own);
    return "linked";
  } catch (error) {
    if (!noLink.has(errnoOf(error) ?? "")) throw error;
    await copyFile(original, own, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    return "copied";
  }
}

/** Hashes the file once, and has it on disk before it gets its name. */
async function check(own: string, { expected, onBytes }: AdoptOptions): Promise<number> {
  const handle = await open(own, "r");
  try {
    const hasher = new DigestHasher(digestAlgorithm(expected));
    const buffer = new Uint8Array(chunkBytes);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      hasher.update(buffer.subarray(0, bytesRead));
      onBytes?.(bytesRead);
    }
    const actual = hasher.digest();
    if (actual !== expected) throw digestMismatch(expected, actual, hasher.sizeBytes);
    await handle.sync();
    return hasher.sizeBytes;
  } finally {
    await handle.close();
  }
}

async function publish(store: FileSystemBlobStore, own: string, target: string): Promise<void> {
  const directory = dirname(target);
  try {
    await rename(own, target);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    await mkdir(directory, { recursive: true });
    await rename(own, target);
    await store.directories.sync(dirname(directory));
  }
  await store.directories.sync(directory);
}

async function hasSize(path: string, sizeBytes: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size === sizeBytes;
}
