import type { BlobStore, BlobUpload } from "../blob/mod.ts";
import { isKasaneError } from "../lib/mod.ts";
import type { Meta, UploadRecord } from "../meta/mod.ts";
import { RegistryFailure } from "./errors.ts";
import type { ServerLease } from "./server-lease.ts";
import { Turns } from "./turns.ts";

/** How long a request waits for another one on the same upload: a client that reconnects is faster than its broken connection. */
const waitMs = 5_000;
const pollMs = 25;

/**
 * Uploads between requests. Their state is a row in `meta` and the bytes in the blob store, so they outlive this process; and one
 * request at a time works on each, in whichever process.
 */
export class UploadDesk {
  readonly #blobs: BlobStore;
  readonly #meta: Meta;
  readonly #lease: ServerLease;
  /** The uploads this process is writing now. */
  readonly #open = new Map<string, { upload: BlobUpload; interrupt: AbortController }>();
  readonly #turns = new Turns();
  readonly #waitMs: number;

  constructor(parts: { blobs: BlobStore; meta: Meta; lease: ServerLease; waitMs?: number }) {
    this.#blobs = parts.blobs;
    this.#meta = parts.meta;
    this.#lease = parts.lease;
    this.#waitMs = parts.waitMs ?? waitMs;
  }

  /**
   * Runs `work` with the upload, alone. Whatever `work` neither committed nor aborted is kept for the next request.
   * `interrupted` tells it to stop receiving: the client has come back on another connection, and nothing comes on this one.
   * @throws RegistryFailure BLOB_UPLOAD_UNKNOWN; TOOMANYREQUESTS while another request goes on with it
   */
  async use<T>(
    repository: string,
    id: string,
    work: (upload: BlobUpload, interrupted: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const record = await this.find(repository, id);
    const endTurn = await this.#turn(id);
    try {
      return await this.#useLocked(record, work);
    } finally {
      endTurn();
    }
  }

  async #useLocked<T>(
    record: UploadRecord,
    work: (upload: BlobUpload, interrupted: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { id } = record;
    // In one step with the lock: until this request is read, Bun gathers its body in memory (200 at once: 100 MB for every turn).
    const begun = record.offset === 0 ? this.#meta.uploads.begin(id) : undefined;
    begun?.catch(() => {});
    const unlock = await this.#lock(id);
    try {
      await begun;
      const upload = await this.#resume(record);
      const interrupt = new AbortController();
      this.#open.set(id, { upload, interrupt });
      try {
        return await work(upload, interrupt.signal);
      } finally {
        this.#open.delete(id);
        await upload.suspend();
      }
    } finally {
      await unlock();
    }
  }

  /** Bytes received, also while a request is sending more. @throws RegistryFailure BLOB_UPLOAD_UNKNOWN, TOOMANYREQUESTS */
  async offset(repository: string, id: string): Promise<number> {
    const record = await this.find(repository, id);
    for (const deadline = Date.now() + this.#waitMs; ; ) {
      const open = this.#open.get(id);
      if (open) return open.upload.offset;
      if (record.offset === 0) return 0;
      // Not behind a request that is just about to open it: that one may take as long as its client does.
      const endTurn = await this.#turns.take(id, pollMs);
      if (endTurn !== undefined) {
        try {
          return await this.#useLocked(record, async (upload) => upload.offset);
        } finally {
          endTurn();
        }
      }
      if (Date.now() > deadline) throw busy();
    }
  }

  /**
   * Waits for the requests before this one. A network that fails without a word leaves the old request waiting for bytes that
   * will never come, for minutes; so one that has received nothing while we waited gives way.
   */
  async #turn(id: string): Promise<() => void> {
    const before = this.#open.get(id);
    const offset = before?.upload.offset;
    const endTurn = await this.#turns.take(id, this.#waitMs);
    if (endTurn !== undefined) return endTurn;
    if (before === undefined || before !== this.#open.get(id) || before.upload.offset !== offset)
      throw busy();
    before.interrupt.abort();
    const second = await this.#turns.take(id, this.#waitMs);
    if (second === undefined) throw busy();
    return second;
  }

  /** @throws RegistryFailure BLOB_UPLOAD_UNKNOWN */
  async find(repository: string, id: string): Promise<UploadRecord> {
    const record = isUploadId(id) ? await this.#meta.uploads.get(id) : undefined;
    // An id is only good in the repository it was made for: rights are given by repository.
    if (record?.repository !== repository) throw new RegistryFailure("BLOB_UPLOAD_UNKNOWN");
    return record;
  }

  /** Locked. The row may be older than the lock: another request may have begun the upload, and one that ended it has removed it. */
  async #resume({ id, offset }: UploadRecord): Promise<BlobUpload> {
    if (offset === 0 && (await this.#meta.uploads.get(id))) {
      try {
        return await this.#blobs.begin({ id, isNew: true });
      } catch (error) {
        if (!isKasaneError(error, "conflict")) throw error;
      }
    }
    const upload = await this.#blobs.resume(id);
    if (upload !== undefined) return upload;
    // Begun, and then there was no room for its first byte: nothing of it was ever acknowledged.
    const row = await this.#meta.uploads.get(id);
    if (row && row.offset <= 1) return this.#blobs.begin({ id, isNew: true });
    await this.#meta.uploads.delete(id);
    throw new RegistryFailure("BLOB_UPLOAD_UNKNOWN");
  }

  /** Against other processes on the same store; rarely more than one try. */
  async #lock(id: string): Promise<() => Promise<void>> {
    for (const deadline = Date.now() + this.#waitMs; ; await Bun.sleep(pollMs)) {
      const unlock = await this.#lease.lock(`upload:${id}`);
      if (unlock !== undefined) return unlock;
      if (Date.now() > deadline) throw busy();
    }
  }
}

function busy(): RegistryFailure {
  return new RegistryFailure("TOOMANYREQUESTS", {
    message: "another request is writing this upload",
    headers: { "retry-after": "1" },
  });
}

/** What we hand out ourselves: anything else was never one of our uploads. */
export function isUploadId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
