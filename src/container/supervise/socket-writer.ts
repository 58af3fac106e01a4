import type { Socket } from "bun";

/** Writes whole chunks into a socket, each when the one before is gone. */
export class SocketWriter {
  readonly #socket: Socket<unknown>;
  #drained: PromiseWithResolvers<void> | undefined;
  #last: Promise<void> = Promise.resolve();
  #isOpen = true;

  constructor(socket: Socket<unknown>) {
    this.#socket = socket;
  }

  /** Resolves when the chunk has been taken, or nobody is there to take it. */
  write(chunk: Uint8Array): Promise<void> {
    this.#last = this.#last.then(() => this.#writeWhole(chunk));
    return this.#last;
  }

  /** To be called by the socket's `drain`. */
  drained(): void {
    this.#drained?.resolve();
  }

  /** To be called by the socket's `close`. */
  closed(): void {
    this.#isOpen = false;
    this.#drained?.resolve();
  }

  async end(): Promise<void> {
    await this.#last;
    if (this.#isOpen) this.#socket.end();
  }

  async #writeWhole(chunk: Uint8Array): Promise<void> {
    for (let offset = 0; this.#isOpen && offset < chunk.length; ) {
      this.#drained = Promise.withResolvers();
      const written = this.#socket.write(chunk, offset);
      if (written < 0) return;
      offset += written;
      if (offset < chunk.length) await this.#drained.promise;
    }
  }
}
