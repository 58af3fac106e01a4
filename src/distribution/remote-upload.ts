import { type ByteStream, isKasaneError, toByteStream } from "../lib/mod.ts";
import { type Descriptor, digestAlgorithm } from "../oci/mod.ts";
import type { Answer } from "./answer.ts";
import type { Session } from "./session.ts";

/** What an upload is about; the same for every upload that is tried for one blob. */
export interface UploadOrder {
  readonly session: Session;
  readonly repository: string;
  readonly descriptor: Descriptor;
  readonly open: (offset?: number) => Promise<ByteStream>;
  readonly progress?: ((doneBytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For messages. */
  readonly action: string;
  readonly scopes: readonly string[];
}

/** A registry hashes and moves the whole blob before it answers the closing PUT. */
const commitTimeoutMs = 15 * 60_000;

/** An upload that a registry keeps open for us. */
export class RemoteUpload {
  readonly #order: UploadOrder;
  /** Changes with every answer; sent back as it stands. */
  #location: URL;
  /** What the registry has. */
  offset = 0;
  /** Chunks but the last have to be this large. */
  readonly chunkMinBytes: number;

  private constructor(order: UploadOrder, opened: { location: URL; chunkMinBytes: number }) {
    this.#order = order;
    this.#location = opened.location;
    this.chunkMinBytes = opened.chunkMinBytes;
  }

  /** end-4a. */
  static async begin(order: UploadOrder): Promise<RemoteUpload> {
    const algorithm = digestAlgorithm(order.descriptor.digest);
    const answer = await order.session.request({
      ...order,
      method: "POST",
      target: uploadsPath(order) + (algorithm === "sha256" ? "" : `?digest-algorithm=${algorithm}`),
      accept: [202],
    });
    return RemoteUpload.opened(order, answer);
  }

  /** The upload that a 202 speaks of. */
  static async opened(order: UploadOrder, answer: Answer): Promise<RemoteUpload> {
    await answer.discard();
    const minimum = answer.headers.get("oci-chunk-min-length") ?? "";
    return new RemoteUpload(order, {
      location: await locationOf(order, answer, answer.url),
      chunkMinBytes: /^\d{1,12}$/.test(minimum) ? Number(minimum) : 0,
    });
  }

  /** end-5, streamed. The first one of a whole blob has no Content-Range: that is what Docker sends and everybody takes. */
  async send(end: number): Promise<void> {
    const start = this.offset;
    const isWhole = start === 0 && end === this.#order.descriptor.size;
    const answer = await this.#order.session.request({
      ...this.#order,
      method: "PATCH",
      target: this.#location,
      headers: {
        "content-type": "application/octet-stream",
        ...(isWhole ? {} : { "content-range": `${start}-${end - 1}` }),
      },
      body: { sizeBytes: end - start, open: () => this.#range(start, end) },
      accept: [202],
      retry: false,
    });
    await answer.discard();
    this.#location = await locationOf(this.#order, answer, this.#location);
    this.offset = receivedBytes(answer) ?? end;
    this.#order.progress?.(this.offset);
  }

  /** end-6, with the whole of a small blob in `bytes`. */
  async finish(bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0)): Promise<void> {
    const { descriptor, session, progress } = this.#order;
    // Put together by hand: what a server wrote into its URL is never re-encoded.
    const { href } = this.#location;
    const target = `${href}${href.includes("?") ? "&" : "?"}digest=${encodeURIComponent(descriptor.digest)}`;
    const answer = await session.request({
      ...this.#order,
      method: "PUT",
      target: new URL(target),
      headers: { "content-type": "application/octet-stream" },
      body: { sizeBytes: bytes.length, open: () => bytes },
      headersTimeoutMs: commitTimeoutMs,
      accept: [200, 201, 202, 204],
      retry: false,
    });
    await answer.discard();
    progress?.(descriptor.size);
  }

  /** end-13: finds out what the registry has. False when the upload is gone, or cannot be gone on from. */
  async resume(): Promise<boolean> {
    const answer = await this.#order.session.request({
      ...this.#order,
      method: "GET",
      target: this.#location,
      accept: [204, 200, 202, 400, 404, 405, 416],
    });
    await answer.discard();
    const received = receivedBytes(answer);
    if (answer.status >= 400 || received === undefined || received > this.#order.descriptor.size)
      return false;
    if (received === 0) {
      // `0-0` is what an upload of no byte says, and one of one byte: a new one is sure to be empty.
      await this.cancel();
      return false;
    }
    this.#location = await locationOf(this.#order, answer, this.#location);
    this.offset = received;
    return true;
  }

  /** end-14, as far as the registry knows it. */
  async cancel(): Promise<void> {
    try {
      const answer = await this.#order.session.request({
        ...this.#order,
        method: "DELETE",
        target: this.#location,
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
    const { open, progress, descriptor } = this.#order;
    const source = await open(start);
    // The last part is not cut: bytes beyond the descriptor's size are an error to be seen.
    const isLast = end === descriptor.size;
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
}

export function uploadsPath({ repository }: UploadOrder): string {
  return `/v2/${repository}/blobs/uploads/`;
}

async function locationOf(order: UploadOrder, answer: Answer, otherwise: URL): Promise<URL> {
  const location = answer.headers.get("location");
  return location === null ? otherwise : order.session.resolve(location, answer, order.action);
}

/** `Range: 0-<last>` of an upload's answers. `0-0` counts as nothing. */
function receivedBytes(answer: Answer): number | undefined {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(answer.headers.get("range")?.trim() ?? "")?.[1];
  if (last === undefined) return undefined;
  return last === "0" ? 0 : Number(last) + 1;
}
