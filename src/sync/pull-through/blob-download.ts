import type { BlobInfo, BlobUpload } from "../../blob/mod.ts";
import { type ByteStream, isKasaneError, KasaneError } from "../../lib/mod.ts";
import { type Digest, digestAlgorithm } from "../../oci/mod.ts";
import { deliveryUploadId } from "../../store/mod.ts";
import type { MirrorParts } from "./mirror-parts.ts";
import { SharedDownload } from "./shared-download.ts";

/** How often another process's download is looked at. */
const pollMs = 50;
/** Another process's download that has not moved for this long is left to itself. */
const stallMs = 45_000;
/** A download holds its lock by the server's lease, which lives an hour from its last use. */
const renewMs = 5 * 60_000;

export interface DownloadOptions {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly repository: string;
  /** The bytes from `offset` on. */
  readonly fetch: (offset: number) => Promise<ByteStream>;
  /** Told of bytes as they come. */
  readonly received: (bytes: number) => void;
  /** In the same step in which it is stored, or has failed: nobody joins it any more. */
  readonly over: (failure?: { readonly error: unknown }) => void;
}

/**
 * One download of one blob into the store, by one process at a time and to its end, whoever waits for it: a client that has gone
 * away comes back, and then it is here. What a killed process has received is gone on from; the name of the upload and its lock are those of
 * `kasane pull`, so a pull and a mirror share their bytes.
 */
export class BlobDownload {
  readonly shared: SharedDownload;
  /** Resolves when the first byte can be expected, rejects when there will be none. */
  readonly started: Promise<void>;
  /** Never rejects. */
  readonly ended: Promise<void>;
  readonly #parts: MirrorParts;
  readonly #options: DownloadOptions;
  /** Where the blob is to be readable. Grows while it arrives. */
  readonly #repositories: Set<string>;
  #start!: () => void;
  #isOver = false;

  constructor(parts: MirrorParts, options: DownloadOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#repositories = new Set([options.repository]);
    this.shared = new SharedDownload(options, parts.blobs);
    const first = Promise.withResolvers<void>();
    this.started = first.promise;
    this.#start = first.resolve;
    // Whoever began it waits for it; when nobody does any more, it is nobody's failure.
    first.promise.catch(() => {});
    this.ended = this.#run().then(
      () => first.resolve(),
      (error) => {
        this.shared.fail(error);
        this.#over({ error });
        first.reject(error);
      },
    );
  }

  /** The blob will be readable in this repository as well. */
  linkTo(repository: string): void {
    this.#repositories.add(repository);
  }

  async #run(): Promise<void> {
    const { digest } = this.#options;
    const id = deliveryUploadId(digest);
    // What is only passed on is nobody else's to wait for.
    if (!(await this.#hasRoom())) return this.#receive(await this.#begin(), { isResumable: false });
    const unlock = await this.#turn(id);
    if (unlock === undefined) return this.#receive(await this.#begin(), { isResumable: false });
    try {
      if (await this.#adopt()) return;
      await this.#receive(await this.#resume(id), { isResumable: true });
    } finally {
      await unlock();
    }
  }

  /** Waits for another process that downloads the same, and reads along. undefined when it does not get on, or the blob is there. */
  async #turn(id: string): Promise<(() => Promise<void>) | undefined> {
    const { lease, blobs, signal } = this.#parts;
    const key = `upload:${id}`;
    let moved = { offset: -1, atMs: Date.now() };
    let peeked: BlobUpload | undefined;
    try {
      for (;;) {
        const unlock = await lease.lock(key);
        if (unlock !== undefined) return unlock;
        if (signal.aborted) throw closing();
        const upload = await blobs.resume(id);
        if (upload !== undefined) {
          await this.shared.seal();
          await peeked?.suspend();
          peeked = upload;
          this.shared.follow(upload);
          this.#start();
        }
        const offset = upload?.offset ?? -1;
        if (offset !== moved.offset) moved = { offset, atMs: Date.now() };
        else if (Date.now() - moved.atMs > stallMs) return undefined;
        await Bun.sleep(pollMs);
      }
    } finally {
      await this.shared.seal();
      await peeked?.suspend();
    }
  }

  #begin(): Promise<BlobUpload> {
    return this.#parts.blobs.begin({ algorithm: digestAlgorithm(this.#options.digest) });
  }

  async #resume(id: string): Promise<BlobUpload> {
    const { digest, sizeBytes } = this.#options;
    const resumed = await this.#parts.blobs.resume(id);
    if (resumed && resumed.offset <= sizeBytes) return resumed;
    await resumed?.abort();
    return this.#parts.blobs.begin({ id, algorithm: digestAlgorithm(digest) });
  }

  async #receive(upload: BlobUpload, { isResumable }: { isResumable: boolean }): Promise<void> {
    try {
      this.shared.follow(upload);
      await this.#copy(upload);
      if (await this.#hasRoom()) await this.#keep(upload);
      else await this.#passOn(upload);
    } catch (error) {
      await this.shared.seal();
      // What is right so far is gone on from by the next who asks; a wrong blob is gone already.
      if (!isResumable || isKasaneError(error, "digest-mismatch")) await upload.abort();
      else await upload.suspend().catch(() => upload.abort());
      throw error;
    }
  }

  async #copy(upload: BlobUpload): Promise<void> {
    const { sizeBytes, fetch, received } = this.#options;
    const { lease, now } = this.#parts;
    let renewedAtMs = now();
    let offset = upload.offset;
    const stream = offset < sizeBytes ? await fetch(offset) : undefined;
    this.#start();
    for await (const chunk of stream ?? []) {
      await upload.write(chunk);
      offset += chunk.length;
      received(chunk.length);
      this.shared.grew(offset);
      if (now() - renewedAtMs < renewMs) continue;
      renewedAtMs = now();
      await lease.holding([], async () => {});
    }
  }

  /** True when the blob is in the store already. */
  async #adopt(): Promise<boolean> {
    const { blobs, lease } = this.#parts;
    const { digest } = this.#options;
    return lease.holding([digest], async () => {
      const info = await blobs.stat(digest);
      if (info !== undefined) await this.#link(info);
      return info !== undefined;
    });
  }

  /** On disk before it is linked, and safe from the collector in between. */
  async #keep(upload: BlobUpload): Promise<void> {
    const { digest } = this.#options;
    await this.shared.seal();
    await this.#parts.lease.holding([digest], async () => this.#link(await upload.commit(digest)));
  }

  async #link(info: BlobInfo): Promise<void> {
    const { meta, room } = this.#parts;
    let isLinked = false;
    // Also those that join while this goes on: there is no pause between the last link and stored().
    for (const repository of this.#repositories) isLinked = (await room.link(repository, info)) || isLinked;
    // Others were faster: noted for the collector, which finds it in nobody's use.
    if (!isLinked) await meta.uploads.take({ digest: info.digest });
    this.shared.stored();
    this.#over();
  }

  /** No quota has room for it: it is read out of the upload by those who wait for it, and goes with the last of them. */
  async #passOn(upload: BlobUpload): Promise<void> {
    const { patience, signal } = this.#parts;
    await upload.check(this.#options.digest);
    this.shared.proven();
    await this.shared.deserted({ lingerMs: patience.lingerMs, signal });
    this.shared.fail(closing());
    this.#over();
    await this.shared.seal();
    await upload.abort();
  }

  /** In any of the repositories that wait for it. */
  async #hasRoom(): Promise<boolean> {
    const { digest, sizeBytes } = this.#options;
    for (const repository of this.#repositories) {
      const refusal = await this.#parts.room.refusal(repository, { digest, sizeBytes });
      if (refusal === undefined) return true;
    }
    return false;
  }

  #over(failure?: { readonly error: unknown }): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.over(failure);
  }
}

function closing(): KasaneError {
  return new KasaneError("cancelled", "the server is stopping");
}
