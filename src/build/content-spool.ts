import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { join } from "node:path";
import type { ByteSource } from "../lib/mod.ts";

/** A file of a work directory that contents are put into one after the other, to be read again in any order. */
export class ContentSpool {
  readonly #path: string;
  #stream: WriteStream | undefined;
  #offset = 0;

  constructor(directory: string, name: string) {
    this.#path = join(directory, name);
  }

  /** Where the next write() begins. */
  get offset(): number {
    return this.#offset;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#stream ??= createWriteStream(this.#path, { flags: "a" });
    this.#offset += chunk.length;
    if (!this.#stream.write(chunk)) await once(this.#stream, "drain");
  }

  /** What was written so far can be read after this. */
  async flush(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    if (!stream) return;
    stream.end();
    await once(stream, "close");
  }

  read(offset: number, sizeBytes: number): ByteSource {
    if (sizeBytes === 0) return [];
    return Bun.file(this.#path)
      .slice(offset, offset + sizeBytes)
      .stream();
  }
}
