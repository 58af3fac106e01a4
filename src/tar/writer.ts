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

/** Hears of what is written, in order. */
export interface TarObserver {
  /** @param contentOffset where the member's content begins in the tar */
  onMember(entry: TarEntry, contentOffset: number): void;
  onContent(chunk: Uint8Array): void;
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
  observer?: TarObserver,
): AsyncGenerator<Uint8Array> {
  const writer = new TarWriter(observer);
  // Waiting for each input and chunk of what is at hand already would take most of the time of a small file.
  if (Symbol.iterator in inputs) {
    for (const input of inputs) {
      if (isAtHand(input)) for (const chunk of writer.write(input)) yield chunk;
      else yield* writer.writeStreamed(input);
    }
  } else for await (const input of inputs) yield* writer.writeStreamed(input);
  for (const chunk of writer.end()) yield chunk;
}

interface InputAtHand {
  readonly entry: TarEntry;
  readonly content?: Iterable<Uint8Array>;
}

function isAtHand(input: TarInput): input is InputAtHand {
  return input.content === undefined || Symbol.iterator in input.content;
}

const zeros = new Uint8Array(2 * blockSize);
const nothing: readonly Uint8Array[] = [];

class TarWriter {
  readonly #batch = new Batch();
  readonly #observer: TarObserver | undefined;
  #position = 0;

  constructor(observer: TarObserver | undefined) {
    this.#observer = observer;
  }

  *write({ entry, content }: InputAtHand): Generator<Uint8Array> {
    for (const full of this.#begin(entry)) yield full;
    let written = 0;
    for (const chunk of content ?? nothing) {
      written = sizeAfter(entry, written, chunk);
      for (const full of this.#content(chunk)) yield full;
    }
    for (const full of this.#finish(entry, written)) yield full;
  }

  async *writeStreamed(input: TarInput): AsyncGenerator<Uint8Array> {
    if (isAtHand(input)) {
      for (const full of this.write(input)) yield full;
      return;
    }
    const { entry, content } = input;
    for (const full of this.#begin(entry)) yield full;
    let written = 0;
    for await (const chunk of content!) {
      written = sizeAfter(entry, written, chunk);
      for (const full of this.#content(chunk)) yield full;
    }
    for (const full of this.#finish(entry, written)) yield full;
  }

  end(): Uint8Array[] {
    return [...this.#batch.add(zeros), ...this.#batch.flush()];
  }

  #begin(entry: TarEntry): readonly Uint8Array[] {
    const header = encodeHeader(entry);
    this.#position += header.length;
    this.#observer?.onMember(entry, this.#position);
    return this.#batch.add(header);
  }

  #content(chunk: Uint8Array): readonly Uint8Array[] {
    this.#position += chunk.length;
    this.#observer?.onContent(chunk);
    return this.#batch.addContent(chunk);
  }

  #finish(entry: TarEntry, written: number): readonly Uint8Array[] {
    if (written < entry.sizeBytes) throw wrongSize(entry, written);
    const padding = paddingOf(written);
    this.#position += padding;
    return padding === 0 ? nothing : this.#batch.add(zeros.subarray(0, padding));
  }
}

function sizeAfter(entry: TarEntry, written: number, chunk: Uint8Array): number {
  const size = written + chunk.length;
  if (size > entry.sizeBytes) throw wrongSize(entry, size);
  return size;
}

/** Gathers bytes and hands out what is full. What it has handed out it never writes to again, so a receiver may keep it. */
class Batch {
  #buffer = new Uint8Array(batchBytes);
  #start = 0;
  #end = 0;

  /** Copies `bytes`. */
  add(bytes: Uint8Array): readonly Uint8Array[] {
    if (bytes.length < batchBytes - this.#end) {
      this.#buffer.set(bytes, this.#end);
      this.#end += bytes.length;
      return nothing;
    }
    const full: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + batchBytes - this.#end);
      this.#buffer.set(piece, this.#end);
      this.#end += piece.length;
      at += piece.length;
      if (this.#end === batchBytes) full.push(...this.flush());
    }
    return full;
  }

  /** As add(), but large chunks are handed out themselves. */
  addContent(chunk: Uint8Array): readonly Uint8Array[] {
    return chunk.length < passBytes ? this.add(chunk) : [...this.flush(), chunk];
  }

  flush(): readonly Uint8Array[] {
    if (this.#start === this.#end) return nothing;
    const bytes = this.#buffer.subarray(this.#start, this.#end);
    this.#start = this.#end;
    if (this.#end === batchBytes) {
      this.#buffer = new Uint8Array(batchBytes);
      this.#start = 0;
      this.#end = 0;
    }
    return [bytes];
  }
}

function wrongSize(entry: TarEntry, written: number): KasaneError {
  return new KasaneError(
    "invalid-archive",
    `cannot write ${JSON.stringify(entry.path)} to a tar: ${entry.sizeBytes} bytes were promised, ${written} came`,
    { hint: "the file changed while it was read" },
  );
}
