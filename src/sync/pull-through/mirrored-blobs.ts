import { isKasaneError, messageOf } from "../../lib/mod.ts";
import { type Digest, shortDigest } from "../../oci/mod.ts";
import type { ArrivingBlob } from "../../registry/mod.ts";
import { BlobDownload } from "./blob-download.ts";
import type { Mirrored, MirrorParts } from "./mirror-parts.ts";
import { RecentAnswers } from "./recent-answers.ts";
import { upstreamFailure } from "./upstream-failure.ts";

/** Blobs of repositories that an upstream stands behind: downloaded once, however many ask and wherever. */
export class MirroredBlobs {
  readonly #parts: MirrorParts;
  readonly #downloads = new Map<Digest, BlobDownload>();
  readonly #ending = new Set<Promise<void>>();
  /** Downloads that were wrong: not begun again for everybody who tries again at once. */
  readonly #failed: RecentAnswers<{ readonly failure: unknown }>;

  constructor(parts: MirrorParts) {
    this.#parts = parts;
    this.#failed = new RecentAnswers({ now: parts.now, limit: 10_000 });
  }

  /** See PullThrough.blob(). */
  async open(repository: string, digest: Digest): Promise<ArrivingBlob | undefined> {
    const mirrored = this.#parts.find(repository);
    if (mirrored === undefined) return undefined;
    // The digest alone is no right to a blob: the repository has to have it.
    const sizeBytes = await this.#sizeOf(repository, digest, mirrored);
    if (sizeBytes === undefined) return undefined;
    const stored = await this.#linkStored(repository, digest, mirrored);
    if (stored !== undefined) return stored;
    const refusal = await this.#parts.room.refusal(repository, { digest, sizeBytes });
    const download = this.#join({ ...mirrored, repository, digest, sizeBytes });
    download.shared.expectReader();
    try {
      await download.started;
    } catch (error) {
      if (isKasaneError(error, "not-found")) return undefined;
      throw this.#failureOf(error, mirrored);
    }
    const { shared } = download;
    return {
      sizeBytes: shared.sizeBytes,
      open: async (range) => shared.open(range),
      ...(refusal !== undefined && {
        warning: this.#parts.room.passOn(mirrored.upstream, repository, refusal),
      }),
    };
  }

  /** See PullThrough.statBlob(). */
  async stat(repository: string, digest: Digest): Promise<{ sizeBytes: number } | undefined> {
    const mirrored = this.#parts.find(repository);
    if (mirrored === undefined) return undefined;
    const running = this.#downloads.get(digest);
    const named = await this.#parts.meta.upstreams.blobSize(repository, digest);
    if (named !== undefined) {
      if (running !== undefined) return { sizeBytes: running.shared.sizeBytes };
      const stored = await this.#parts.blobs.stat(digest);
      if (stored !== undefined) return stored;
    }
    const sizeBytes = await this.#head(digest, mirrored);
    return sizeBytes === undefined ? undefined : { sizeBytes };
  }

  /** Downloads it if it is not here and there is room for it; resolves when it is, or will not be. */
  async bring(repository: string, { digest, size }: { digest: Digest; size: number }): Promise<void> {
    const { meta, room } = this.#parts;
    if (await meta.repositories.hasBlob(repository, digest)) return;
    if ((await room.refusal(repository, { digest, sizeBytes: size })) !== undefined) return;
    await this.open(repository, digest);
    await this.#downloads.get(digest)?.ended;
  }

  /** Resolves when no download runs any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#ending);
  }

  /** What a manifest of the repository says; else what the upstream does. */
  async #sizeOf(repository: string, digest: Digest, mirrored: Mirrored): Promise<number | undefined> {
    const named = await this.#parts.meta.upstreams.blobSize(repository, digest);
    return named ?? this.#head(digest, mirrored);
  }

  async #head(digest: Digest, { upstream, remote }: Mirrored): Promise<number | undefined> {
    try {
      const found = await upstream.ask((call) => upstream.client.headBlob(remote, digest, call), {
        deadlineMs: this.#parts.patience.fetchMs,
        attempts: 2,
      });
      // A server that does not say how much is coming cannot be checked, and is not asked for it.
      return found === undefined || found.sizeBytes < 0 ? undefined : found.sizeBytes;
    } catch (error) {
      throw this.#failureOf(error, { upstream, remote });
    }
  }

  /** A blob that came by another way: it only has to be known in this repository. */
  async #linkStored(
    repository: string,
    digest: Digest,
    { upstream }: Mirrored,
  ): Promise<ArrivingBlob | undefined> {
    const { blobs, room, lease } = this.#parts;
    if (this.#downloads.has(digest)) return undefined;
    return lease.holding([digest], async () => {
      const found = await blobs.stat(digest);
      if (found === undefined) return undefined;
      const { sizeBytes } = found;
      const open: ArrivingBlob["open"] = (range) => blobs.open(digest, range);
      const refusal = await room.refusal(repository, found);
      if (refusal === undefined && (await room.link(repository, found))) return { sizeBytes, open };
      return { sizeBytes, open, warning: room.passOn(upstream, repository, refusal) };
    });
  }

  #join(blob: Mirrored & { repository: string; digest: Digest; sizeBytes: number }): BlobDownload {
    const { digest, repository, upstream } = blob;
    const running = this.#downloads.get(digest);
    if (running !== undefined) {
      running.linkTo(repository);
      return running;
    }
    const failed = this.#failed.get(digest);
    if (failed !== undefined) throw failed.failure;
    const download = this.#download(blob);
    this.#downloads.set(digest, download);
    upstream.counts.misses++;
    upstream.counts.downloads++;
    const ending = download.ended.finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    return download;
  }

  #download(blob: Mirrored & { repository: string; digest: Digest; sizeBytes: number }): BlobDownload {
    const { digest, sizeBytes, repository, upstream, remote } = blob;
    const descriptor = { mediaType: "application/octet-stream", digest, size: sizeBytes };
    return new BlobDownload(this.#parts, {
      digest,
      sizeBytes,
      repository,
      fetch: (offset) =>
        upstream.ask((call) => upstream.client.getBlob(remote, descriptor, { ...call, offset }), {
          attempts: 2,
        }),
      received: (bytes) => {
        upstream.counts.bytes += bytes;
      },
      over: (failed) => {
        this.#downloads.delete(digest);
        upstream.counts.downloads--;
        if (failed !== undefined) this.#noteFailure(failed.error, blob);
      },
    });
  }

  /** What was cut off is gone on from; what was wrong is not asked for again at once. */
  #noteFailure(error: unknown, blob: Mirrored & { repository: string; digest: Digest }): void {
    const passing = ["not-found", "cancelled", "network", "rate-limited"] as const;
    if (passing.some((code) => isKasaneError(error, code))) return;
    const { digest, repository } = blob;
    const failure = this.#failureOf(error, blob);
    if (failure !== error) this.#failed.put(digest, { failure }, this.#parts.patience.absentMs);
    this.#parts.onWarning(
      `blob ${shortDigest(digest)} of ${repository} could not be kept: ${messageOf(error)}`,
    );
  }

  #failureOf(error: unknown, { upstream }: Mirrored): unknown {
    return upstreamFailure(error, upstream, this.#parts.now());
  }
}
