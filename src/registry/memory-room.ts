import { RegistryFailure } from "./errors.ts";

/**
 * How many bytes of requests may be in memory at a time. Whoever finds no room waits for it, first come, first served: a thousand clients that
 * send the largest manifests there may be would otherwise take several gigabytes.
 */
export class MemoryRoom {
  #freeBytes: number;
  readonly #limitBytes: number;
  readonly #patienceMs: number;
  readonly #waiting = new Set<{ bytes: number; enter: () => void }>();

  constructor({ limitBytes, patienceMs }: { limitBytes: number; patienceMs: number }) {
    this.#freeBytes = limitBytes;
    this.#limitBytes = limitBytes;
    this.#patienceMs = patienceMs;
  }

  /** Runs `work` when there is room for `bytes`. @throws RegistryFailure TOOMANYREQUESTS when there is none for too long */
  async holding<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const held = Math.min(bytes, this.#limitBytes);
    if (this.#waiting.size > 0 || held > this.#freeBytes) await this.#wait(held);
    else this.#freeBytes -= held;
    try {
      return await work();
    } finally {
      this.#freeBytes += held;
      this.#next();
    }
  }

  #wait(bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = {
        bytes,
        enter: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        // Those behind may need less.
        this.#next();
        reject(
          new RegistryFailure("TOOMANYREQUESTS", {
            message: "too many large manifests at the same time",
            headers: { "retry-after": "2", connection: "close" },
          }),
        );
      }, this.#patienceMs);
      this.#waiting.add(waiting);
    });
  }

  #next(): void {
    for (const waiting of this.#waiting) {
      if (waiting.bytes > this.#freeBytes) return;
      this.#freeBytes -= waiting.bytes;
      this.#waiting.delete(waiting);
      waiting.enter();
    }
  }
}
