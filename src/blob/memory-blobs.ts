import { type ByteStream, KasaneError, toByteStream } from "../lib/mod.ts";
import { type Digest, digestAlgorithm, digestOf } from "../oci/mod.ts";
import { checkUploadId } from "./blob-path.ts";
import type { BlobInfo, BlobLocation, BlobStore, BlobUpload, ByteRange } from "./blob-store.ts";
import { checkWritten, resolveRange } from "./byte-range.ts";
import { digestMismatch } from "./digest-mismatch.ts";
import { receiveChunks } from "./receive-chunks.ts";

/** Blobs in memory: for tests and for small work that must leave nothing behind. */
export function openMemoryBlobs(): BlobStore {
  return new MemoryBlobStore();
}

interface UploadState {
  readonly chunks: Uint8Array[];
  sizeBytes: number;
  updatedAtMs: number;
}

class MemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<Digest, Uint8Array>();
  readonly #uploads = new Map<string, UploadState>();

  async stat(digest: Digest): Promise<BlobInfo | undefined> {
    const bytes = this.#blobs.get(digest);
    return bytes && { digest, sizeBytes: bytes.length };
  }

  async open(digest: Digest, range?: ByteRange): Promise<ByteStream> {
    const bytes = this.#blobs.get(digest);
    if (!bytes)
      throw new KasaneError("not-found", `blob ${digest} is not in memory`, {
        hint: "push it again: memory is empty after each start",
      });
    const { start, end } = resolveRange(digest, bytes.length, range);
    return toByteStream(slices(bytes, start, end));
  }

  async locate(digest: Digest): Promise<BlobLocation | undefined> {
    const bytes = this.#blobs.get(digest);
    return bytes && { kind: "stream", sizeBytes: bytes.length };
  }

  async begin(options: { id?: string } = {}): Promise<BlobUpload> {
    const id = checkUploadId(options.id ?? crypto.randomUUID());
    if (this.#uploads.has(id))
      throw new KasaneError("conflict", `upload ${id} exists already`, {
        hint: "resume it, or choose another id",
      });
    this.#uploads.set(id, { chunks: [], sizeBytes: 0, updatedAtMs: Date.now() });
    return new MemoryUpload(id, this.#uploads, this.#blobs);
  }

  async put(bytes: Uint8Array, expected: Digest): Promise<BlobInfo> {
    const digest = digestOf(bytes, digestAlgorithm(expected));
    if (digest !== expected) throw digestMismatch(expected, digest, bytes.length);
    this.#blobs.set(digest, bytes.slice());
    return { digest, sizeBytes: bytes.length };
  }

  async resume(id: string): Promise<BlobUpload | undefined> {
    return this.#uploads.has(checkUploadId(id))
      ? new MemoryUpload(id, this.#uploads, this.#blobs)
      : undefined;
  }

  async delete(digest: Digest): Promise<void> {
    this.#blobs.delete(digest);
  }

  async *list(): AsyncGenerator<BlobInfo> {
    for (const [digest, bytes] of [...this.#blobs]) yield { digest, sizeBytes: bytes.length };
  }

  async *listUploads(): AsyncGenerator<{ id: string; updatedAtMs: number; sizeBytes: number }> {
    for (const [id, { updatedAtMs, sizeBytes }] of [...this.#uploads]) yield { id, updatedAtMs, sizeBytes };
  }
}

class MemoryUpload implements BlobUpload {
  readonly id: string;
  readonly #uploads: Map<string, UploadState>;
  readonly #blobs: Map<Digest, Uint8Array>;
  #isOpen = true;

  constructor(id: string, uploads: Map<string, UploadState>, blobs: Map<Digest, Uint8Array>) {
    this.id = id;
    this.#uploads = uploads;
    this.#blobs = blobs;
  }

  get offset(): number {
    return this.#uploads.get(this.id)?.sizeBytes ?? 0;
  }

  async write(chunk: Uint8Array): Promise<void> {
    const state = this.#open();
    state.chunks.push(chunk.slice());
    state.sizeBytes += chunk.length;
    state.updatedAtMs = Date.now();
  }

  receive(source: Request | Response, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    return receiveChunks(this, source, signal);
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    const { chunks, sizeBytes } = this.#open();
    checkWritten(this.id, sizeBytes, { start, end });
    let at = 0;
    for (const chunk of chunks) {
      if (start < at + chunk.length) return chunk.subarray(start - at, end - at);
      at += chunk.length;
    }
    return new Uint8Array(0);
  }

  async digest(): Promise<Digest> {
    return digestOf(Buffer.concat(this.#open().chunks));
  }

  async check(expected: Digest): Promise<void> {
    const bytes = Buffer.concat(this.#open().chunks);
    const digest = digestOf(bytes, digestAlgorithm(expected));
    if (digest === expected) return;
    await this.abort();
    throw digestMismatch(expected, digest, bytes.length);
  }

  async commit(expected: Digest): Promise<BlobInfo> {
    await this.check(expected);
    const bytes = Buffer.concat(this.#open().chunks);
    await this.abort();
    this.#blobs.set(expected, bytes);
    return { digest: expected, sizeBytes: bytes.length };
  }

  async suspend(): Promise<void> {
    this.#isOpen = false;
  }

  async abort(): Promise<void> {
    if (this.#isOpen) this.#uploads.delete(this.id);
    this.#isOpen = false;
  }

  #open(): UploadState {
    const state = this.#isOpen ? this.#uploads.get(this.id) : undefined;
    if (state) return state;
    throw new KasaneError("internal", `upload ${this.id} is used after its end`);
  }
}

function* slices(bytes: Uint8Array, start: number, end: number): Generator<Uint8Array> {
  const step = 256 * 1024;
  for (let at = start; at < end; at += step) yield bytes.subarray(at, Math.min(at + step, end));
}
