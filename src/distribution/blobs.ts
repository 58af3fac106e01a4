import { type ByteStream, KasaneError, toByteStream } from "../lib/mod.ts";
import { type Descriptor, type Digest, shortDigest } from "../oci/mod.ts";
import type { Answer } from "./answer.ts";
import { isPassingError } from "./network-error.ts";
import type { CallOptions, GetBlobOptions, RemoteBlob } from "./registry-client.ts";
import { retryDelayMs } from "./retry.ts";
import { repositoryScope } from "./scope.ts";
import type { Session } from "./session.ts";

/** However often a connection breaks after some progress, at some point it is not worth it. */
const reconnectLimit = 50;

/** end-2 GET, going on by Range where the connection breaks. */
export async function getBlob(
  session: Session,
  repository: string,
  descriptor: Descriptor,
  options: GetBlobOptions = {},
): Promise<ByteStream> {
  const download = new Download(session, repository, descriptor, options);
  const offset = options.offset ?? 0;
  if (offset >= download.end) return toByteStream([]);
  // The first request is made here, so that `not-found` is thrown by this call and not by its stream.
  return toByteStream(download.bytes(offset, await download.open(offset, options.attempts)));
}

class Download {
  readonly #session: Session;
  readonly #repository: string;
  readonly #descriptor: Descriptor;
  readonly #signal: AbortSignal | undefined;
  readonly #action: string;
  /** Offset behind the last byte that is wanted. */
  readonly end: number;

  constructor(session: Session, repository: string, descriptor: Descriptor, options: GetBlobOptions) {
    this.#session = session;
    this.#repository = repository;
    this.#descriptor = descriptor;
    this.#signal = options.signal;
    this.end = Math.min(options.end ?? descriptor.size, descriptor.size);
    this.#action = `cannot pull blob ${shortDigest(descriptor.digest)} of ${session.host}/${repository}`;
  }

  /** From `offset` on, or the whole blob where the server has another idea of ranges: #from() skips what is not needed. */
  async open(offset: number, attempts?: number): Promise<Answer> {
    if (offset === 0 && !this.#isPart) return this.#request(0, [200], attempts);
    const answer = await this.#request(offset, [200, 206, 416], attempts);
    if (answer.status === 200 || (answer.status === 206 && [offset, undefined].includes(startOf(answer)))) {
      return answer;
    }
    await answer.discard();
    return this.#request(0, [200], attempts, true);
  }

  /** The rest of the blob is not wanted. */
  get #isPart(): boolean {
    return this.end < this.#descriptor.size;
  }

  #request(
    offset: number,
    accept: readonly number[],
    attempts: number | undefined,
    isWhole = offset === 0 && !this.#isPart,
  ): Promise<Answer> {
    const last = this.#isPart ? this.end - 1 : "";
    return this.#session.request({
      method: "GET",
      target: `/v2/${this.#repository}/blobs/${this.#descriptor.digest}`,
      action: this.#action,
      repository: this.#repository,
      scopes: [repositoryScope(this.#repository, "pull")],
      ...(isWhole ? {} : { headers: { range: `bytes=${offset}-${last}` } }),
      accept,
      attempts,
      signal: this.#signal,
    });
  }

  async *bytes(start: number, first: Answer): AsyncGenerator<Uint8Array> {
    let answer = first;
    let offset = start;
    let failures = 0;
    for (let connections = 1; ; connections++) {
      const before = offset;
      try {
        for await (const chunk of this.#from(answer, offset)) {
          offset += chunk.length;
          yield chunk;
        }
        if (offset === this.end) return;
        throw this.#broken(`the connection ended after ${offset} of ${this.end} bytes`);
      } catch (error) {
        if (!isPassingError(error)) throw error;
        failures = offset > before ? 1 : failures + 1;
        const delay = retryDelayMs(this.#session.retry, failures, undefined);
        if (delay === undefined || connections >= reconnectLimit) throw error;
        await this.#session.wait(delay, error, this.#signal);
      }
      answer = await this.open(offset);
    }
  }

  /** The body from `offset` on, as far as it is wanted; never beyond the descriptor's size. */
  async *#from(answer: Answer, offset: number): AsyncGenerator<Uint8Array> {
    let skip = answer.status === 206 ? 0 : offset;
    let left = this.end - offset;
    for await (const chunk of answer.body()) {
      const part = skip === 0 ? chunk : chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - part.length;
      if (part.length === 0) continue;
      left -= part.length;
      if (this.#isPart && left <= 0) {
        yield left === 0 ? part : part.subarray(0, part.length + left);
        return;
      }
      if (left < 0) {
        throw new KasaneError(
          "digest-mismatch",
          `${this.#action}: ${this.#session.host} sent more than the ${this.#descriptor.size} bytes of its descriptor`,
        );
      }
      yield part;
    }
  }

  #broken(reason: string): KasaneError {
    return new KasaneError("network", `${this.#action}: ${reason}`, {
      data: { host: this.#session.host, passing: true },
    });
  }
}

/** Where the bytes of a 206 begin, as far as it says so. */
function startOf(answer: Answer): number | undefined {
  const start = /^bytes (\d+)-/.exec(answer.headers.get("content-range") ?? "")?.[1];
  return start === undefined ? undefined : Number(start);
}

/** end-2 HEAD. */
export async function headBlob(
  session: Session,
  repository: string,
  digest: Digest,
  options: CallOptions & { readonly scopes?: readonly string[] } = {},
): Promise<RemoteBlob | undefined> {
  const answer = await session.request({
    method: "HEAD",
    target: `/v2/${repository}/blobs/${digest}`,
    action: `cannot look up blob ${shortDigest(digest)} in ${session.host}/${repository}`,
    repository,
    scopes: options.scopes ?? [repositoryScope(repository, "pull")],
    accept: [200, 404],
    attempts: options.attempts,
    signal: options.signal,
  });
  await answer.discard();
  if (answer.status === 404) return undefined;
  const length = answer.headers.get("content-length") ?? "";
  return { digest, sizeBytes: /^\d{1,15}$/.test(length) ? Number(length) : -1 };
}

/** end-10. */
export async function deleteBlob(
  session: Session,
  repository: string,
  digest: Digest,
  options: CallOptions = {},
): Promise<boolean> {
  const answer = await session.request({
    method: "DELETE",
    target: `/v2/${repository}/blobs/${digest}`,
    action: `cannot delete blob ${shortDigest(digest)} of ${session.host}/${repository}`,
    repository,
    scopes: [repositoryScope(repository, "delete", "pull")],
    accept: [200, 202, 204, 404],
    signal: options.signal,
  });
  await answer.discard();
  return answer.status !== 404;
}
