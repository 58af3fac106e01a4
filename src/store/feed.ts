import { KasaneError } from "../lib/mod.ts";

const queueBytes = 1024 * 1024;

/**
 * A second reader of bytes that pass by: push() hands them over, `consume` reads them as a stream of its own, side by side with whatever
 * the producer does. Chunks are copied (their owner may reuse them); at most 1 MiB waits, then push() does. A consumer that has ended, or failed,
 * holds nobody up; its failure is thrown by end().
 */
export class Feed<T> {
  readonly #result: Promise<T>;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #isEnded = false;
  #isConsumed = false;
  #cancelled: unknown;
  #wakeReader = () => {};
  #wakeWriter = () => {};

  constructor(consume: (source: AsyncGenerator<Uint8Array>) => Promise<T>) {
    this.#result = consume(this.#chunks()).finally(() => {
      this.#isConsumed = true;
      this.#queue.length = 0;
      this.#wakeWriter();
    });
    // Thrown by end(), or of no interest after cancel().
    this.#result.catch(() => {});
  }

  async push(chunk: Uint8Array): Promise<void> {
    if (this.#isConsumed) return;
    this.#queue.push(chunk.slice());
    this.#queuedBytes += chunk.length;
    this.#wakeReader();
    while (this.#queuedBytes > queueBytes && !this.#isConsumed) {
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
      });
    }
  }

  /** No more chunks come: what the consumer made of them. */
  end(): Promise<T> {
    this.#isEnded = true;
    this.#wakeReader();
    return this.#result;
  }

  /** Stops the consumer by an error, and waits for it. */
  async cancel(): Promise<void> {
    this.#cancelled = new KasaneError("cancelled", "what was to be read ended early");
    this.#wakeReader();
    await this.#result.catch(() => {});
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#cancelled !== undefined) throw this.#cancelled;
      const chunk = this.#queue.shift();
      if (chunk) {
        this.#queuedBytes -= chunk.length;
        this.#wakeWriter();
        yield chunk;
      } else if (this.#isEnded) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
      }
    }
  }
}
