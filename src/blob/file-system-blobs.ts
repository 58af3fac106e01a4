import { type FileHandle, mkdir, open, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { type ByteStream, errnoOf, KasaneError } from "../lib/mod.ts";
import { type Digest, type DigestAlgorithm, type DigestHasher, isDigest } from "../oci/mod.ts";
import { blobPath, checkUploadId, digestAlgorithms, parseUploadName, uploadPath } from "./blob-path.ts";
import type { BlobInfo, BlobLocation, BlobStore, BlobUpload, ByteRange } from "./blob-store.ts";
import { resolveRange } from "./byte-range.ts";
import { DirectorySync } from "./directory-sync.ts";
import { FileHasher } from "./file-hasher.ts";
import { streamFile } from "./file-stream.ts";
import { FileUpload, type UploadHome } from "./file-upload.ts";
import { putFile } from "./put-file.ts";
import { storageError } from "./storage-error.ts";
import { SuspendedHashes } from "./suspended-hashes.ts";

/**
 * Blobs as files: `ROOT/blobs/<algorithm>/<hex>` as in an OCI image layout, uploads in `ROOT/uploads/`. Opening touches nothing;
 * directories are made when something is written. Any number of processes may use one root.
 */
export function openFileSystemBlobs(root: string): FileSystemBlobStore {
  return new FileSystemBlobStore(root);
}

/** How often the directory of uploads is made: other writers of a layout take it away when they are through. */
const makeAttempts = 20;

/** One thread for all stores of this process. */
const fileHasher = new FileHasher();

export class FileSystemBlobStore implements BlobStore, UploadHome {
  readonly root: string;
  readonly directories = new DirectorySync();
  readonly hashes = fileHasher;
  readonly #suspended = new SuspendedHashes();

  constructor(root: string) {
    this.root = root;
  }

  async stat(digest: Digest): Promise<BlobInfo | undefined> {
    const file = await this.#statFile(blobPath(this.root, digest));
    return file && { digest, sizeBytes: file.size };
  }

  async open(digest: Digest, range?: ByteRange): Promise<ByteStream> {
    let handle: FileHandle;
    try {
      handle = await open(blobPath(this.root, digest), "r");
    } catch (error) {
      if (errnoOf(error) === "ENOENT") {
        throw new KasaneError("not-found", `blob ${digest} is not in ${this.root}`, {
          hint: "'kasane fsck' tells what is missing, and what to pull, load or push again",
          cause: error,
        });
      }
      throw storageError(`open blob ${digest}`, error);
    }
    try {
      const { size } = await handle.stat();
      return streamFile(handle, resolveRange(digest, size, range), `blob ${digest}`);
    } catch (error) {
      await handle.close();
      throw storageError(`open blob ${digest}`, error);
    }
  }

  async locate(digest: Digest): Promise<BlobLocation | undefined> {
    const path = blobPath(this.root, digest);
    const file = await this.#statFile(path);
    return file && { kind: "file", path, sizeBytes: file.size };
  }

  async begin(
    options: { id?: string; algorithm?: DigestAlgorithm; isNew?: boolean } = {},
  ): Promise<BlobUpload> {
    const id = checkUploadId(options.id ?? crypto.randomUUID());
    const algorithm = options.algorithm ?? "sha256";
    const isNew = options.isNew ?? options.id === undefined;
    for (const other of digestAlgorithms) {
      if (!isNew && other !== algorithm && (await this.#statFile(uploadPath(this.root, id, other))))
        throw taken(id);
    }
    const handle = await this.#create(id, uploadPath(this.root, id, algorithm));
    return new FileUpload(this, { id, algorithm, handle, offset: 0 });
  }

  async put(bytes: Uint8Array, expected: Digest): Promise<BlobInfo> {
    await putFile(this, bytes, expected);
    return { digest: expected, sizeBytes: bytes.length };
  }

  async resume(id: string): Promise<BlobUpload | undefined> {
    checkUploadId(id);
    for (const algorithm of digestAlgorithms) {
      try {
        const handle = await open(uploadPath(this.root, id, algorithm), "r+");
        const found = await handle.stat({ bigint: true });
        const hasher = this.#suspended.take(id, found);
        return new FileUpload(this, { id, algorithm, handle, offset: Number(found.size), hasher });
      } catch (error) {
        if (errnoOf(error) !== "ENOENT") throw storageError(`resume upload ${id}`, error);
      }
    }
    return undefined;
  }

  async remember(upload: {
    id: string;
    hasher: DigestHasher;
    handle: FileHandle;
    offset: number;
  }): Promise<void> {
    const state = await upload.handle.stat({ bigint: true });
    // Another process has written meanwhile: the hash is not that of the file any more.
    if (state.size === BigInt(upload.offset)) this.#suspended.put(upload.id, upload.hasher, state);
  }

  async delete(digest: Digest): Promise<void> {
    try {
      await unlink(blobPath(this.root, digest));
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw storageError(`delete blob ${digest}`, error);
    }
  }

  /** What is not a blob (a stranger's file, a directory, an unknown algorithm) is passed over. */
  async *list(): AsyncGenerator<BlobInfo> {
    for (const algorithm of digestAlgorithms) {
      const directory = join(this.root, "blobs", algorithm);
      for (const name of await this.#names(directory)) {
        const digest = `${algorithm}:${name}`;
        if (!isDigest(digest)) continue;
        const file = await this.#statFile(join(directory, name));
        if (file) yield { digest, sizeBytes: file.size };
      }
    }
  }

  async *listUploads(): AsyncGenerator<{ id: string; updatedAtMs: number; sizeBytes: number }> {
    const directory = join(this.root, "uploads");
    for (const name of await this.#names(directory)) {
      const upload = parseUploadName(name);
      const file = upload && (await this.#statFile(join(directory, name)));
      if (file) yield { id: upload.id, updatedAtMs: file.mtimeMs, sizeBytes: file.size };
    }
  }

  async #create(id: string, path: string): Promise<FileHandle> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await open(path, "wx+", 0o644);
      } catch (error) {
        if (errnoOf(error) === "EEXIST") throw taken(id);
        if (errnoOf(error) !== "ENOENT" || attempt === makeAttempts)
          throw storageError(`begin upload ${id}`, error);
        await mkdir(join(this.root, "uploads"), { recursive: true }).catch((cause) => {
          throw storageError(`make the directory for uploads in ${this.root}`, cause);
        });
      }
    }
  }

  async #names(directory: string): Promise<string[]> {
    try {
      return await readdir(directory);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw storageError(`list ${directory}`, error);
    }
  }

  async #statFile(path: string): Promise<{ size: number; mtimeMs: number } | undefined> {
    try {
      const found = await stat(path);
      return found.isFile() ? found : undefined;
    } catch (error) {
      if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
      throw storageError(`look at ${path}`, error);
    }
  }
}

function taken(id: string): KasaneError {
  return new KasaneError("conflict", `upload ${id} exists already`, {
    hint: "resume it, or choose another id",
  });
}
