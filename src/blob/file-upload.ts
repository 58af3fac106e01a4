import { type FileHandle, mkdir, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf, KasaneError } from "../lib/mod.ts";
import { type Digest, type DigestAlgorithm, DigestHasher, digestAlgorithm } from "../oci/mod.ts";
import { blobPath, uploadPath } from "./blob-path.ts";
import type { BlobInfo, BlobUpload } from "./blob-store.ts";
import { BodyTransfer, isFileFailure, isTransferable, replaceWithCopy } from "./body-transfer.ts";
import { checkWritten } from "./byte-range.ts";
import { digestMismatch } from "./digest-mismatch.ts";
import type { DirectorySync } from "./directory-sync.ts";
import type { FileHasher } from "./file-hasher.ts";
import { receiveChunks } from "./receive-chunks.ts";
import { storageError } from "./storage-error.ts";
import { WriteBuffer } from "./write-buffer.ts";

/** From here on a thread of its own reads the file, bytes. */
const largeBytes = 1024 * 1024;

/** What an upload needs of the store it belongs to. */
export interface UploadHome {
  readonly root: string;
  readonly directories: DirectorySync;
  readonly hashes: FileHasher;
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
  #buffer: WriteBuffer;
  #handle: FileHandle | undefined;
  /** Covers every byte of the upload, or is absent. */
  #hasher: DigestHasher | undefined;
  #offset: number;
  #transfer: BodyTransfer | undefined;
  #proven: Digest | undefined;

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
    return this.#transfer?.offset ?? this.#offset;
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

  async receive(source: Request | Response, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (!isTransferable(source, this.#offset)) return receiveChunks(this, source, signal);
    const handle = this.#open();
    await this.#flush();
    signal?.throwIfAborted();
    this.#hasher = undefined;
    if (!(Number(source.headers.get("content-length") ?? Number.POSITIVE_INFINITY) < largeBytes)) {
      this.#home.hashes.follow(this.#path, this.#algorithm);
    }
    const transfer = new BodyTransfer(handle, source);
    const leave = () => transfer.leave(signal?.reason);
    signal?.addEventListener("abort", leave, { once: true });
    this.#transfer = transfer;
    try {
      await transfer.done();
    } catch (error) {
      if (signal?.aborted && this.#handle) await this.#moveOn();
      else if (isFileFailure(error)) throw await this.#failed("write", error);
      throw error;
    } finally {
      signal?.removeEventListener("abort", leave);
      this.#transfer = undefined;
      if (this.#handle) await this.#lookAgain(this.#handle);
    }
  }

  /** After a body that is left to itself. */
  async #moveOn(): Promise<void> {
    this.#handle = undefined;
    this.#home.hashes.forget(this.#path);
    const aside = uploadPath(this.#home.root, crypto.randomUUID(), this.#algorithm);
    this.#handle = await replaceWithCopy(this.#path, aside).catch((error) => {
      throw storageError(`keep upload ${this.id}`, error);
    });
  }

  /** Others have written to the file. */
  async #lookAgain(handle: FileHandle): Promise<void> {
    this.#offset = (await handle.stat()).size;
    this.#buffer = new WriteBuffer(handle, this.#offset);
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

  async digest(): Promise<Digest> {
    const handle = this.#open();
    try {
      await this.#buffer.flush();
      this.#proven ??= await this.#digest(handle, this.#algorithm);
      return this.#proven;
    } catch (error) {
      throw await this.#failed("commit", error);
    }
  }

  async check(expected: Digest): Promise<void> {
    const handle = this.#open();
    if (this.#proven === expected) return;
    const algorithm = digestAlgorithm(expected);
    try {
      await this.#buffer.flush();
      let digest = await this.#digest(handle, algorithm);
      if (digest !== expected && this.#hasher === undefined) {
        // What was read while it was being written counts for it, and not against it.
        this.#home.hashes.forget(this.#path);
        digest = await this.#digest(handle, algorithm);
      }
      if (digest !== expected) throw digestMismatch(expected, digest, this.#offset);
      this.#proven = digest;
    } catch (error) {
      throw await this.#failed("commit", error);
    }
  }

  async commit(expected: Digest): Promise<BlobInfo> {
    await this.check(expected);
    try {
      await this.#publish(this.#open(), expected);
      return { digest: expected, sizeBytes: this.#offset };
    } catch (error) {
      throw await this.#failed("commit", error);
    }
  }

  async suspend(): Promise<void> {
    const handle = this.#handle;
    if (!handle) return;
    await this.#flush();
    this.#handle = undefined;
    this.#home.hashes.rest(this.#path);
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
    this.#home.hashes.forget(this.#path);
    await this.#buffer.discard();
    if (this.#transfer) this.#transfer.leave(new KasaneError("cancelled", `upload ${this.id} was cancelled`));
    else await handle.close();
    await unlinkIfThere(this.#path);
  }

  async #flush(): Promise<void> {
    try {
      await this.#buffer.flush();
    } catch (error) {
      throw await this.#failed("write", error);
    }
  }

  async #digest(handle: FileHandle, algorithm: DigestAlgorithm): Promise<Digest> {
    if (this.#hasher && algorithm === this.#algorithm) return this.#hasher.digest();
    if (this.#offset > largeBytes) {
      const { hashes } = this.#home;
      const digest = await hashes
        .digest(this.#path, { algorithm, sizeBytes: this.#offset })
        .catch(() => undefined);
      if (digest !== undefined) return digest;
    }
    this.#home.hashes.forget(this.#path);
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
