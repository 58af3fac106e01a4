import { type FileHandle, mkdir, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf, KasaneError } from "../lib/mod.ts";
import { type Digest, type DigestAlgorithm, DigestHasher, digestAlgorithm } from "../oci/mod.ts";
import { blobPath, uploadPath } from "./blob-path.ts";
import type { BlobInfo, BlobUpload } from "./blob-store.ts";
import { checkWritten } from "./byte-range.ts";
import { digestMismatch } from "./digest-mismatch.ts";
import type { DirectorySync } from "./directory-sync.ts";
import { storageError } from "./storage-error.ts";
import { WriteBuffer } from "./write-buffer.ts";

/** What an upload needs of the store it belongs to. */
export interface UploadHome {
  readonly root: string;
  readonly directories: DirectorySync;
  /** Keeps the hash of a suspended upload, so that one process never hashes a prefix twice. */
  remember(upload: { id: string; hasher: DigestHasher; handle: FileHandle; offset: number }): Promise<void>;
}

/**
 * One upload as a file. A resumed upload whose hash this process does not have is hashed once, at commit, and not at every resume:
 * a client that sends a blob in a thousand requests through several processes must not cost a thousand reads of it.
 */
export class FileUpload implements BlobUpload {
  readonly id: string;
  readonly #home: UploadHome;
  readonly #algorithm: DigestAlgorithm;
  readonly #path: string;
  readonly #buffer: WriteBuffer;
  #handle: FileHandle | undefined;
  /** Covers every byte of the upload, or is absent. */
  #hasher: DigestHasher | undefined;
  #offset: number;

  constructor(
    home: UploadHome,
    file: {
      id: string;
      algorithm: DigestAlgorithm;
      handle: FileHandle;
      offset: number;
      hasher?: DigestHasher | undefined;
    },
  ) {
    this.#home = home;
    this.id = file.id;
    this.#algorithm = file.algorithm;
    this.#path = uploadPath(home.root, file.id, file.algorithm);
    this.#handle = file.handle;
    this.#buffer = new WriteBuffer(file.handle, file.offset);
    this.#offset = file.offset;
    this.#hasher = file.offset === 0 ? new DigestHasher(file.algorithm) : file.hasher;
  }

  get offset(): number {
    return this.#offset;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#open();
    this.#hasher?.update(chunk);
    this.#offset += chunk.length;
    try {
      await this.#buffer.write(chunk);
    } catch (error) {
      throw await this.#failed("write", error);
    }
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    this.#open();
    checkWritten(this.id, this.#offset, { start, end });
    try {
      const bytes = await this.#buffer.read(start, end);
      if (bytes.length > 0) return bytes;
    } catch (error) {
      throw storageError(`read upload ${this.id}`, error);
    }
    throw storageError(`read upload ${this.id}`, "the file became shorter");
  }

  async commit(expected: Digest): Promise<BlobInfo> {
    return this.#commit(digestAlgorithm(expected), expected);
  }

  async commitAsIs(): Promise<BlobInfo> {
    return this.#commit("sha256");
  }

  async suspend(): Promise<void> {
    const handle = this.#handle;
    if (!handle) return;
    try {
      await this.#buffer.flush();
    } catch (error) {
      throw await this.#failed("write", error);
    }
    this.#handle = undefined;
    try {
      if (this.#hasher) {
        await this.#home.remember({ id: this.id, hasher: this.#hasher, handle, offset: this.#offset });
      }
    } finally {
      await handle.close();
    }
  }

  async abort(): Promise<void> {
    const handle = this.#handle;
    if (!handle) return;
    this.#handle = undefined;
    await this.#buffer.discard();
    await handle.close();
    await unlinkIfThere(this.#path);
  }

  async #commit(algorithm: DigestAlgorithm, expected?: Digest): Promise<BlobInfo> {
    const handle = this.#open();
    try {
      await this.#buffer.flush();
      const digest = await this.#digest(handle, algorithm);
      if (expected !== undefined && digest !== expected) {
        throw digestMismatch(expected, digest, this.#offset);
      }
      await this.#publish(handle, digest);
      return { digest, sizeBytes: this.#offset };
    } catch (error) {
      throw await this.#failed("commit", error);
    }
  }

  async #digest(handle: FileHandle, algorithm: DigestAlgorithm): Promise<Digest> {
    if (this.#hasher && algorithm === this.#algorithm) return this.#hasher.digest();
    const hasher = new DigestHasher(algorithm);
    const buffer = new Uint8Array(Math.min(512 * 1024, this.#offset));
    for (let position = 0; position < this.#offset; ) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      hasher.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
    return hasher.digest();
  }

  /** Bytes first, then the name: after a power cut there is a whole blob or none. */
  async #publish(handle: FileHandle, digest: Digest): Promise<void> {
    const path = blobPath(this.#home.root, digest);
    if (await hasSize(path, this.#offset)) {
      await unlinkIfThere(this.#path);
    } else {
      await handle.sync();
      try {
        await rename(this.#path, path);
      } catch (error) {
        if (errnoOf(error) !== "ENOENT") throw error;
        await mkdir(dirname(path), { recursive: true });
        await rename(this.#path, path);
        await this.#home.directories.sync(dirname(dirname(path)));
      }
    }
    // Also when the blob was there: whoever put it there may not have come to this line yet.
    await this.#home.directories.sync(dirname(path));
    this.#handle = undefined;
    await handle.close();
  }

  #open(): FileHandle {
    if (this.#handle) return this.#handle;
    throw new KasaneError("internal", `upload ${this.id} is used after its end`);
  }

  /** A failed upload has nothing to resume from, and on a full disk its bytes are the first to go. */
  async #failed(operation: string, error: unknown): Promise<KasaneError> {
    await this.abort().catch(() => {});
    return storageError(`${operation} upload ${this.id}`, error);
  }
}

async function hasSize(path: string, sizeBytes: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size === sizeBytes;
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}
