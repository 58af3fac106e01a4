import type { ByteSource } from "../lib/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import type { TarEntry } from "./entry.ts";
import { blockSize, paddingOf } from "./header.ts";
import { encodeHeader } from "./header-block.ts";

export interface TarInput {
  /** A directory's path gets its trailing slash here; everything else is written as it stands. */
  readonly entry: TarEntry;
  /** Exactly `entry.sizeBytes` bytes; @throws KasaneError `invalid-archive` when they are fewer or more. */
  readonly content?: ByteSource;
}

/** Small pieces are gathered up to this; chunks of at least `passBytes` go through as they come, without a copy. */
const batchBytes = 128 * 1024;
const passBytes = 32 * 1024;

/**
 * A deterministic tar: the same entries give the same bytes. ustar where everything fits, a PAX header with sorted
 * keys where it does not (long or non-ASCII names, large numbers, nanoseconds, xattrs).
 * @throws KasaneError `invalid-archive` for entries that no tar can hold; the inputs are closed
 */
export async function* writeTar(
  inputs: AsyncIterable<TarInput> | Iterable<TarInput>,
): AsyncGenerator<Uint8Array> {
  const batch = new Batch();
  for await (const { entry, content } of inputs) {
    for (const full of batch.add(encodeHeader(entry))) yield full;
    if (content !== undefined) yield* writeContent(entry, content, batch);
    else if (entry.sizeBytes > 0) throw wrongSize(entry, 0);
  }
  for (const full of batch.add(new Uint8Array(2 * blockSize))) yield full;
  const rest = batch.flush();
  if (rest !== undefined) yield rest;
}

async function* writeContent(entry: TarEntry, content: ByteSource, batch: Batch): AsyncGenerator<Uint8Array> {
  let written = 0;
  for await (const chunk of content) {
    written += chunk.length;
    if (written > entry.sizeBytes) throw wrongSize(entry, written);
    if (chunk.length < passBytes) {
      for (const full of batch.add(chunk)) yield full;
      continue;
    }
    const before = batch.flush();
    if (before !== undefined) yield before;
    yield chunk;
  }
  if (written < entry.sizeBytes) throw wrongSize(entry, written);
  for (const full of batch.add(new Uint8Array(paddingOf(written)))) yield full;
}

/** Gathers bytes. What it hands out is never written to again, so a receiver may keep it. */
class Batch {
  #buffer = new Uint8Array(batchBytes);
  #start = 0;
  #end = 0;

  /** Copies `bytes` and returns what is full. */
  add(bytes: Uint8Array): Uint8Array[] {
    const full: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + batchBytes - this.#end);
      this.#buffer.set(piece, this.#end);
      this.#end += piece.length;
      at += piece.length;
      if (this.#end === batchBytes) full.push(this.flush()!);
    }
    return full;
  }

  flush(): Uint8Array | undefined {
    if (this.#start === this.#end) return undefined;
    const bytes = this.#buffer.subarray(this.#start, this.#end);
    this.#start = this.#end;
    if (this.#end === batchBytes) {
      this.#buffer = new Uint8Array(batchBytes);
      this.#start = 0;
      this.#end = 0;
    }
    return bytes;
  }
}

function wrongSize(entry: TarEntry, written: number): KasaneError {
  return new KasaneError(
    "invalid-archive",
    `cannot write ${JSON.stringify(entry.path)} to a tar: ${entry.sizeBytes} bytes were promised, ${written} came`,
    { hint: "the file changed while it was read" },
  );
}
