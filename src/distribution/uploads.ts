import { type ByteStream, collect, isKasaneError, type KasaneError, toByteStream } from "../lib/mod.ts";
import { type Descriptor, digestAlgorithm, shortDigest } from "../oci/mod.ts";
import type { Answer } from "./answer.ts";
import { headBlob } from "./blobs.ts";
import type { PushBlobOptions, PushOutcome } from "./registry-client.ts";
import { isPassingStatus, pause, retryDelayMs } from "./retry.ts";
import { repositoryScope } from "./scope.ts";
import type { Session } from "./session.ts";

/** Blobs up to this size go in one PUT from memory: one request less, and configs are all of this kind. */
const singlePutLimitBytes = 512 * 1024;
/** Tried one after the other when a body is refused as too large. */
const chunkSizes = [64, 16, 4].map((mebibytes) => mebibytes * 1024 * 1024);
const mountLimit = 3;
/** However often an upload breaks after some progress, at some point it is not worth it. */
const attemptLimit = 50;
/** A registry hashes and moves the whole blob before it answers the closing PUT. */
const commitTimeoutMs = 15 * 60_000;

/** Puts a blob into a repository by the cheapest way that works. */
export async function pushBlob(
  session: Session,
  repository: string,
  descriptor: Descriptor,
  open: (offset?: number) => Promise<ByteStream>,
  options: PushBlobOptions = {},
): Promise<PushOutcome> {
  return new BlobPush(session, repository, descriptor, open, options).run();
}

/** An upload the registry keeps for us. */
interface OpenUpload {
  /** Changes with every answer. */
  location: URL;
  /** What the registry has. */
  offset: number;
  readonly chunkMinBytes: number;
}

class BlobPush {
  readonly #session: Session;
  readonly #repository: string;
  readonly #descriptor: Descriptor;
  readonly #open: (offset?: number) => Promise<ByteStream>;
  readonly #options: PushBlobOptions;
  readonly #action: string;
  readonly #scopes: readonly string[];
  #chunkBytes = Number.POSITIVE_INFINITY;

  constructor(
    session: Session,
    repository: string,
    descriptor: Descriptor,
    open: (offset?: number) => Promise<ByteStream>,
    options: PushBlobOptions,
  ) {
    this.#session = session;
    this.#repository = repository;
    this.#descriptor = descriptor;
    this.#open = open;
    this.#options = options;
    this.#action = `cannot push blob ${shortDigest(descriptor.digest)} to ${session.host}/${repository}`;
    this.#scopes = [repositoryScope(repository, "pull", "push")];
  }

  async run(): Promise<PushOutcome> {
    if (await this.#isThere()) return "exists";
    const mount = await this.#mount();
    if (mount === "mounted") return "mounted";
    await this.#upload(mount);
    return "copied";
  }

  async #isThere(): Promise<boolean> {
    const { signal } = this.#options;
    const there = await headBlob(this.#session, this.#repository, this.#descriptor.digest, {
      scopes: this.#scopes,
      ...(signal ? { signal } : {}),
    });
    return there !== undefined;
  }

  /** end-11. A refusal of any kind means upload; a registry that does not mount opens one at once. */
  async #mount(): Promise<"mounted" | OpenUpload | undefined> {
    let opened: OpenUpload | undefined;
    const sources = (this.#options.mountFrom ?? []).filter((source) => source !== this.#repository);
    for (const source of sources.slice(0, mountLimit)) {
      try {
        const answer = await this.#session.request({
          ...this.#request("POST"),
          target: `${this.#uploadsPath()}?mount=${encodeURIComponent(this.#descriptor.digest)}&from=${encodeURIComponent(source)}`,
          scopes: [...this.#scopes, repositoryScope(source, "pull")],
          accept: [201, 202],
        });
        await answer.discard();
        if (opened) await this.#cancel(opened);
        if (answer.status === 201) {
          this.#options.mounted?.(source);
          return "mounted";
        }
        opened = await this.#opened(answer);
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }
    return opened;
  }

  /** end-4a. */
  async #begin(): Promise<OpenUpload> {
    const algorithm = digestAlgorithm(this.#descriptor.digest);
    const answer = await this.#session.request({
      ...this.#request("POST"),
      target: this.#uploadsPath() + (algorithm === "sha256" ? "" : `?digest-algorithm=${algorithm}`),
      accept: [202],
    });
    await answer.discard();
    return this.#opened(answer);
  }

  async #upload(begun: OpenUpload | undefined): Promise<void> {
    let upload: OpenUpload | undefined = begun;
    let failures = 0;
    let best = -1;
    for (let attempts = 1; ; attempts++) {
      try {
        upload ??= await this.#begin();
        return await this.#send(upload);
      } catch (error) {
        if (isKasaneError(error) && error.data.status === 413 && this.#shrink(upload)) {
          if (upload) await this.#cancel(upload);
          upload = undefined;
          continue;
        }
        if (!isResumable(error)) throw error;
        const reached: number = upload?.offset ?? -1;
        failures = reached > best ? 1 : failures + 1;
        best = Math.max(best, reached);
        const { retryAfterMs } = error.data;
        const delay = retryDelayMs(
          this.#session.retry,
          failures,
          typeof retryAfterMs === "number" ? retryAfterMs : undefined,
        );
        if (delay === undefined || attempts >= attemptLimit) throw error;
        await pause(delay, this.#options.signal);
        // The answer to a PUT may have been lost on its way while the blob arrived.
        if (await this.#isThere()) return;
        upload = upload && (await this.#resume(upload));
      }
    }
  }

  async #send(upload: OpenUpload): Promise<void> {
    const { size } = this.#descriptor;
    if (upload.offset === 0 && size <= Math.min(singlePutLimitBytes, this.#chunkBytes)) {
      const bytes = new Uint8Array(await collect(await this.#open(0), size, `${this.#action}: its content`));
      return this.#finish(upload, bytes);
    }
    while (upload.offset < size) {
      const end = Math.min(size, upload.offset + Math.max(this.#chunkBytes, upload.chunkMinBytes));
      await this.#patch(upload, end);
    }
    return this.#finish(upload);
  }

  /** end-5, streamed. The first one of a whole blob has no Content-Range: that is what Docker sends and everybody takes. */
  async #patch(upload: OpenUpload, end: number): Promise<void> {
    const start = upload.offset;
    const isWhole = start === 0 && end === this.#descriptor.size;
    const answer = await this.#session.request({
      ...this.#request("PATCH"),
      target: upload.location,
      headers: {
        "content-type": "application/octet-stream",
        ...(isWhole ? {} : { "content-range": `${start}-${end - 1}` }),
      },
      body: { sizeBytes: end - start, open: () => this.#range(start, end) },
      accept: [202],
      retry: false,
    });
    await answer.discard();
    upload.location = await this.#locationOf(answer, upload.location);
    upload.offset = receivedBytes(answer) ?? end;
    this.#options.progress?.(upload.offset);
  }

  /** end-6. */
  async #finish(upload: OpenUpload, bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0)): Promise<void> {
    // Put together by hand: what a server wrote into its URL is sent back as it stands, never re-encoded.
    const { href } = upload.location;
    const target = `${href}${href.includes("?") ? "&" : "?"}digest=${encodeURIComponent(this.#descriptor.digest)}`;
    const answer = await this.#session.request({
      ...this.#request("PUT"),
      target: new URL(target),
      headers: { "content-type": "application/octet-stream" },
      body: { sizeBytes: bytes.length, open: () => bytes },
      headersTimeoutMs: commitTimeoutMs,
      accept: [200, 201, 202, 204],
      retry: false,
    });
    await answer.discard();
    this.#options.progress?.(this.#descriptor.size);
  }

  /** end-13. undefined when the upload is gone, or in a state that cannot be gone on from. */
  async #resume(upload: OpenUpload): Promise<OpenUpload | undefined> {
    const answer = await this.#session.request({
      ...this.#request("GET"),
      target: upload.location,
      accept: [204, 200, 202, 400, 404, 405, 416],
    });
    await answer.discard();
    const received = receivedBytes(answer);
    if (answer.status >= 400 || received === undefined || received > this.#descriptor.size) return undefined;
    if (received === 0) {
      // `0-0` is what an upload of no byte says, and one of one byte: a new one is sure to be empty.
      await this.#cancel(upload);
      return undefined;
    }
    return { ...upload, location: await this.#locationOf(answer, upload.location), offset: received };
  }

  /** end-14, as far as the registry knows it. */
  async #cancel(upload: OpenUpload): Promise<void> {
    try {
      const answer = await this.#session.request({
        ...this.#request("DELETE"),
        target: upload.location,
        accept: [200, 202, 204],
        retry: false,
      });
      await answer.discard();
    } catch (error) {
      if (isKasaneError(error, "cancelled")) throw error;
      // An upload that stays open is removed by the registry in its own time.
    }
  }

  /** The content from `start` to `end`. */
  async #range(start: number, end: number): Promise<ByteStream> {
    const source = await this.#open(start);
    const { progress } = this.#options;
    // The last part is not cut: bytes beyond the descriptor's size are an error to be seen.
    const isLast = end === this.#descriptor.size;
    const cut = async function* () {
      let at = start;
      for await (const chunk of source) {
        const part = isLast ? chunk : chunk.subarray(0, end - at);
        at += part.length;
        yield part;
        progress?.(at);
        if (at >= end && !isLast) break;
      }
    };
    return toByteStream(cut());
  }

  /** False when there is no smaller chunk to try. */
  #shrink(upload: OpenUpload | undefined): boolean {
    const size = Math.min(this.#chunkBytes, this.#descriptor.size);
    const next = chunkSizes.find((bytes) => bytes < size);
    if (next === undefined || next < (upload?.chunkMinBytes ?? 0)) return false;
    this.#chunkBytes = next;
    return true;
  }

  async #opened(answer: Answer): Promise<OpenUpload> {
    const minimum = answer.headers.get("oci-chunk-min-length") ?? "";
    return {
      location: await this.#locationOf(answer, answer.url),
      offset: 0,
      chunkMinBytes: /^\d{1,12}$/.test(minimum) ? Number(minimum) : 0,
    };
  }

  async #locationOf(answer: Answer, otherwise: URL): Promise<URL> {
    const location = answer.headers.get("location");
    return location === null ? otherwise : this.#session.resolve(location, answer, this.#action);
  }

  #uploadsPath(): string {
    return `/v2/${this.#repository}/blobs/uploads/`;
  }

  #request<M extends string>(method: M) {
    return {
      method,
      action: this.#action,
      repository: this.#repository,
      scopes: this.#scopes,
      signal: this.#options.signal,
    };
  }
}

/** `Range: 0-<last>` of an upload's answers. `0-0` counts as nothing. */
function receivedBytes(answer: Answer): number | undefined {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(answer.headers.get("range")?.trim() ?? "")?.[1];
  if (last === undefined) return undefined;
  return last === "0" ? 0 : Number(last) + 1;
}

/** The registry said no to a mount: nothing is lost, the blob is uploaded instead. */
function isRefusal(error: unknown): boolean {
  return (
    isKasaneError(error) &&
    ["unauthorized", "denied", "not-found", "unsupported", "protocol", "digest-mismatch"].includes(error.code)
  );
}

function isResumable(error: unknown): error is KasaneError {
  if (!isKasaneError(error)) return false;
  if (error.code === "network" && error.data.passing !== false) return true;
  const { status } = error.data;
  // 404: the upload is gone; 416: it is elsewhere than we think.
  return (
    typeof status === "number" &&
    (isPassingStatus(status) || status === 404 || status === 416 || status === 500)
  );
}
