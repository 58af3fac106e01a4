import { type ByteStream, toByteStream } from "../lib/mod.ts";
import type { Clock } from "./clock.ts";

/** The head of an answer, and its body to be read or discarded exactly once. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Where the answer came from, after redirects. Not for messages. */
  readonly url: URL;
  body(): ByteStream;
  /** Reads a short rest so that the connection can be used again; closes it otherwise. Never throws. */
  discard(): Promise<void>;
}

const discardLimitBytes = 64 * 1024;

/** An answer read under the clock of its exchange. */
export class HttpAnswer implements Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly url: URL;
  readonly #response: Response;
  readonly #action: string;
  readonly #clock: Clock;
  readonly #stallMs: number;

  constructor(options: { response: Response; url: URL; action: string; clock: Clock; stallMs: number }) {
    this.status = options.response.status;
    this.headers = options.response.headers;
    this.url = options.url;
    this.#response = options.response;
    this.#action = options.action;
    this.#clock = options.clock;
    this.#stallMs = options.stallMs;
  }

  body(): ByteStream {
    return toByteStream(this.#chunks());
  }

  async discard(): Promise<void> {
    let size = 0;
    try {
      for await (const chunk of this.#chunks()) {
        size += chunk.length;
        if (size > discardLimitBytes) break;
      }
    } catch {
      // Nothing of this body was wanted, so neither is its failure.
    }
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    const reader = this.#response.body?.getReader();
    let done = false;
    try {
      while (reader) {
        // The clock runs only while the network is waited for: a slow receiver is no reason to give up.
        this.#clock.arm(this.#stallMs);
        const result = await reader.read();
        this.#clock.disarm();
        if (result.done) break;
        yield result.value;
      }
      done = true;
    } catch (error) {
      done = true;
      throw this.#clock.explain(error, this.#action, this.url.host);
    } finally {
      if (!done) {
        this.#clock.abort();
        reader?.cancel().catch(() => {});
      }
      this.#clock.end();
    }
  }
}
