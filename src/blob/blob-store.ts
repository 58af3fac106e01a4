import type { ByteStream } from "../lib/mod.ts";
import type { Digest, DigestAlgorithm } from "../oci/mod.ts";

/**
 * Immutable, content-addressed bytes, cut by role: a function asks for the smallest one it can work with.
 *
 * A blob is visible either whole and with the right digest, or not at all. What is being written is an upload; it has
 * an id, survives its process, and becomes a blob by commit(). Two writers of the same digest both succeed.
 * A blob store knows nothing of images, names or references: what may be deleted is decided in `meta/`.
 */
export interface BlobInfo {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** Bytes `start` (inclusive) to `end` (exclusive; absent = to the end of the blob). */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

export interface BlobReader {
  /** undefined when the blob is not there. */
  stat(digest: Digest): Promise<BlobInfo | undefined>;
  /**
   * The reader owns the stream. Bytes are not hashed again on reading.
   * @throws KasaneError `not-found`, `range-not-satisfiable`
   */
  open(digest: Digest, range?: ByteRange): Promise<ByteStream>;
}

/** Where a server may send the bytes from without touching them (sendfile, redirect). */
export type BlobLocation =
  | { readonly kind: "file"; readonly path: string; readonly sizeBytes: number }
  | { readonly kind: "url"; readonly url: string; readonly sizeBytes: number }
  | { readonly kind: "stream"; readonly sizeBytes: number };

export interface BlobLocator {
  locate(digest: Digest): Promise<BlobLocation | undefined>;
}

/** One blob on its way in. Not for two writers at once. */
export interface BlobUpload {
  /** Safe in a URL and a file name. */
  readonly id: string;
  /** Bytes received and durable enough to resume from. */
  readonly offset: number;
  write(chunk: Uint8Array): Promise<void>;
  /**
   * write() for everything that a request or response brings; from the socket to the file without passing through here, where the store
   * can. `offset` grows meanwhile. What has come before a failure, or before `signal` ended it, is kept.
   * @throws what reading the body fails with, the signal's reason; KasaneError as write()
   */
  receive(source: Request | Response, options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * Some of the bytes from `start` on, at least one and none from `end` on, out of what write() has taken: a blob can be read while it
   * arrives. Also while another write() is under way, but not once commit(), suspend() or abort() has been called. The result is not
   * to be changed.
   * @throws KasaneError `range-not-satisfiable` when there is no such byte yet
   */
  read(start: number, end: number): Promise<Uint8Array>;
  /** Of what write() has taken, which is all there will be. What is left after it are read(), check(), commit() and abort(). */
  digest(): Promise<Digest>;
  /**
   * What commit() would check, without making anything visible. After it there are only read(), commit() and abort().
   * @throws KasaneError `digest-mismatch`; the upload is gone then
   */
  check(expected: Digest): Promise<void>;
  /**
   * Makes the blob visible under `expected`, after its digest has been checked and its bytes are on disk (fsync).
   * Returns as well when the blob was there already. The upload is gone afterwards, also after a failed check.
   * @throws KasaneError `digest-mismatch`, `no-space`, `io`
   */
  commit(expected: Digest): Promise<BlobInfo>;
  /** Lets go of the handle and keeps the bytes: resume() finds them, in this or another process. */
  suspend(): Promise<void>;
  /** Removes what was written. Idempotent; safe after commit(); ends a receive() that is under way. */
  abort(): Promise<void>;
}

export interface BlobWriter {
  /**
   * `algorithm` is what the bytes are hashed with while they pass; commit() under the other one hashes again. `isNew` promises that no
   * upload has this id, under whatever algorithm.
   */
  begin(options?: { id?: string; algorithm?: DigestAlgorithm; isNew?: boolean }): Promise<BlobUpload>;
  /** A whole blob from memory, checked and on disk when it resolves. @throws KasaneError `digest-mismatch`, `no-space`, `io` */
  put(bytes: Uint8Array, expected: Digest): Promise<BlobInfo>;
  /** undefined when there is no such upload. */
  resume(id: string): Promise<BlobUpload | undefined>;
}

export interface BlobStore extends BlobReader, BlobLocator, BlobWriter {
  /** Idempotent. Readers that are open go on to the end. */
  delete(digest: Digest): Promise<void>;
  list(): AsyncIterable<BlobInfo>;
  /** Uploads with the time of their last write, for the removal of abandoned ones. */
  listUploads(): AsyncIterable<{
    readonly id: string;
    readonly updatedAtMs: number;
    readonly sizeBytes: number;
  }>;
}
