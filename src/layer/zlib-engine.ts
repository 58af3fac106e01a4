import { once } from "node:events";
import type { Gunzip, ZstdDecompress } from "node:zlib";
import { type ByteSource, isKasaneError, KasaneError, messageOf } from "../lib/mod.ts";

/** Bytes that go into and come out of the engine at once: each exchange is a trip to the thread pool and back. */
export const engineBufferBytes = 256 * 1024;

/**
 * What `engine` makes of `source`. The engine works on the thread pool while the receiver does; it stops when a few buffers are
 * waiting. Both ends are closed when the receiver stops or either fails.
 * @throws KasaneError `invalid-archive` for input the engine refuses or that goes on after its end; errors of the source as they are
 */
export async function* throughEngine(
  source: ByteSource,
  engine: Gunzip | ZstdDecompress,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new EngineInput(engine);
  const feeding = input.feed(source);
  try {
    for await (const chunk of engine) yield chunk as Uint8Array;
    await feeding;
    if (input.lastContentByte > engine.bytesWritten) {
      throw new KasaneError(
        "invalid-archive",
        `cannot decompress: there is something after the end of the ${what}`,
      );
    }
  } catch (error) {
    if (input.failure !== undefined) throw input.failure.error;
    if (isKasaneError(error)) throw error;
    const isEnd = (error as { code?: unknown }).code === "Z_BUF_ERROR";
    throw new KasaneError(
      "invalid-archive",
      isEnd
        ? `cannot decompress: the ${what} is truncated`
        : `cannot decompress: damaged ${what}: ${messageOf(error)}`,
      { cause: error },
    );
  } finally {
    engine.destroy();
    await feeding;
  }
}

class EngineInput {
  readonly #engine: Gunzip | ZstdDecompress;
  #buffer = new Uint8Array(engineBufferBytes);
  #filled = 0;
  #total = 0;
  /** Offset behind the last byte that is not zero. */
  lastContentByte = 0;
  failure: { error: unknown } | undefined;

  constructor(engine: Gunzip | ZstdDecompress) {
    this.#engine = engine;
  }

  /** Never rejects: a failure of the source ends the engine and is kept. */
  async feed(source: ByteSource): Promise<void> {
    try {
      for await (const chunk of source) {
        this.#note(chunk);
        for (let at = 0; at < chunk.length; ) {
          const piece = chunk.subarray(at, at + engineBufferBytes - this.#filled);
          this.#buffer.set(piece, this.#filled);
          this.#filled += piece.length;
          at += piece.length;
          if (this.#filled === engineBufferBytes) await this.#flush();
        }
        if (this.#engine.destroyed) return;
      }
      await this.#flush();
      this.#engine.end();
    } catch (error) {
      this.failure = { error };
      this.#engine.destroy(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  async #flush(): Promise<void> {
    const bytes = this.#buffer.subarray(0, this.#filled);
    this.#buffer = new Uint8Array(engineBufferBytes);
    this.#filled = 0;
    // An engine that has seen its end takes nothing more; what comes after is only looked at.
    if (this.#engine.destroyed || this.#engine.readableEnded || bytes.length === 0) return;
    if (this.#engine.write(bytes)) return;
    const waiting = new AbortController();
    const { signal } = waiting;
    try {
      await Promise.race([
        once(this.#engine, "drain", { signal }),
        once(this.#engine, "close", { signal }),
        once(this.#engine, "end", { signal }),
      ]);
    } finally {
      waiting.abort();
    }
  }

  #note(chunk: Uint8Array): void {
    let end = chunk.length;
    while (end > 0 && chunk[end - 1] === 0) end--;
    if (end > 0) this.lastContentByte = this.#total + end;
    this.#total += chunk.length;
  }
}
