import { type ByteSource, type ByteStream, KasaneError, toByteStream } from "../lib/mod.ts";

/** A body that can be sent again: a redirect or a second try opens it anew. */
export interface RequestBody {
  readonly sizeBytes: number;
  open(): Uint8Array<ArrayBuffer> | Promise<ByteStream>;
}

/** A request body on its way: counts, keeps what its source threw, and tells the clock that bytes move. */
export class OutgoingBody {
  readonly sizeBytes: number;
  readonly #body: RequestBody;
  readonly #moved: () => void;
  failure: unknown;
  #stream: ByteStream | undefined;

  constructor(body: RequestBody, moved: () => void) {
    this.#body = body;
    this.sizeBytes = body.sizeBytes;
    this.#moved = moved;
  }

  async open(): Promise<Uint8Array<ArrayBuffer> | ByteStream> {
    try {
      const opened = await this.#body.open();
      if (opened instanceof Uint8Array) return opened;
      this.#stream = toByteStream(this.#watched(opened));
      return this.#stream;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  /** Closes a source that nobody came to read: where there is no connection, fetch does not touch the body. */
  async close(): Promise<void> {
    if (this.#stream?.locked === false) await this.#stream.cancel();
  }

  async *#watched(source: ByteSource): AsyncGenerator<Uint8Array> {
    let sent = 0;
    try {
      for await (const chunk of source) {
        this.#moved();
        sent += chunk.length;
        if (sent > this.sizeBytes) break;
        yield chunk;
      }
      if (sent !== this.sizeBytes) {
        throw new KasaneError(
          "digest-mismatch",
          `the content to send has ${sent > this.sizeBytes ? "more" : "fewer"} bytes than the ${this.sizeBytes} of its descriptor`,
        );
      }
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}
