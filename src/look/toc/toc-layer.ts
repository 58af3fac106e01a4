import { decompress, type LayerEntry } from "../../layer/mod.ts";
import { collect, KasaneError } from "../../lib/mod.ts";
import { type Digest, DigestHasher, digestAlgorithm } from "../../oci/mod.ts";
import { checkedContent } from "../checked-content.ts";
import { heldContent, type Spool } from "../held-content.ts";
import type { FileContent } from "../layer-view.ts";
import { inArchiveOrder, positionOf } from "../stored-layer.ts";

/** A part of a file's content and where it is in the blob. */
export interface TocChunk {
  readonly sizeBytes: number;
  /** Compressed bytes, `end` exclusive. Nothing but zeros where both are the same. */
  readonly start: number;
  readonly end: number;
  /** Uncompressed bytes to pass over first: several small files may share one compressed piece. */
  readonly innerOffset: number;
  readonly digest?: Digest;
}

/** What a table of contents tells, checked for being possible. */
export interface TableOfContents {
  /** Of files `contentOffset` is only a number to tell them apart by. */
  readonly entries: readonly LayerEntry[];
  /** By that number. */
  readonly chunks: ReadonlyMap<number, readonly TocChunk[]>;
}

/** How the blob is reached. */
export interface BlobAccess {
  open(start: number, end: number): Promise<AsyncIterable<Uint8Array>>;
  readonly spool: Spool;
}

/** Files near each other are asked for together, up to this many bytes, over gaps up to that many. */
const spanBytes = 4 * 1024 * 1024;
const gapBytes = 64 * 1024;

/** A layer read through its table of contents: only the pieces that hold what is asked for. */
export class TocLayer {
  readonly #table: TableOfContents;
  readonly #blob: BlobAccess;

  constructor(table: TableOfContents, blob: BlobAccess) {
    this.#table = table;
    this.#blob = blob;
  }

  get entries(): readonly LayerEntry[] {
    return this.#table.entries;
  }

  async *contents(files: Iterable<LayerEntry>): AsyncGenerator<FileContent> {
    const wanted = inArchiveOrder(files).map((entry) => ({ entry, chunks: this.#chunksOf(entry) }));
    for (const span of spansOf(wanted)) {
      const open = await this.#openSpan(span);
      for (const { entry, chunks } of span.files) {
        yield {
          entry,
          content: heldContent(checkedContent(entry, contentOf(chunks, open)), this.#blob.spool),
        };
      }
    }
  }

  #chunksOf(entry: LayerEntry): readonly TocChunk[] {
    return this.#table.chunks.get(positionOf(entry))!;
  }

  /** A small span is fetched at once; of a large one each piece when it is its turn. */
  async #openSpan({ start, end }: Span): Promise<BlobAccess["open"]> {
    if (end - start > spanBytes) return this.#blob.open;
    const bytes = await collect(await this.#blob.open(start, end), end - start, "a part of a layer");
    if (bytes.length < end - start) {
      throw new KasaneError("digest-mismatch", "a part of a layer came shorter than it was asked for");
    }
    return async (from, to) =>
      (async function* () {
        yield bytes.subarray(from - start, to - start);
      })();
  }
}

interface WantedFile {
  readonly entry: LayerEntry;
  readonly chunks: readonly TocChunk[];
}

interface Span {
  readonly files: WantedFile[];
  start: number;
  end: number;
}

function spansOf(files: readonly WantedFile[]): Span[] {
  const spans: Span[] = [];
  for (const file of files) {
    const start = file.chunks[0]!.start;
    const end = file.chunks.reduce((latest, chunk) => Math.max(latest, chunk.end), start);
    const last = spans.at(-1);
    if (last && start >= last.start && start - last.end <= gapBytes && end - last.start <= spanBytes) {
      last.files.push(file);
      last.end = Math.max(last.end, end);
    } else spans.push({ files: [file], start, end });
  }
  return spans;
}

async function* contentOf(chunks: readonly TocChunk[], open: BlobAccess["open"]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    const hasher = new DigestHasher(chunk.digest && digestAlgorithm(chunk.digest));
    for await (const piece of chunkContent(chunk, open)) {
      hasher.update(piece);
      yield piece;
    }
    if (hasher.sizeBytes !== chunk.sizeBytes || (chunk.digest && hasher.digest() !== chunk.digest)) {
      throw new KasaneError(
        "digest-mismatch",
        "a part of a file is not the one that the layer's table of contents tells of",
      );
    }
  }
}

async function* chunkContent(chunk: TocChunk, open: BlobAccess["open"]): AsyncGenerator<Uint8Array> {
  if (chunk.start === chunk.end) {
    yield* zeros(chunk.sizeBytes);
    return;
  }
  let skip = chunk.innerOffset;
  let left = chunk.sizeBytes;
  for await (const bytes of decompress(await open(chunk.start, chunk.end))) {
    const part = bytes.subarray(Math.min(skip, bytes.length)).subarray(0, left);
    skip -= Math.min(skip, bytes.length);
    left -= part.length;
    if (part.length > 0) yield part;
    if (left === 0) return;
  }
}

function* zeros(sizeBytes: number): Generator<Uint8Array> {
  const block = new Uint8Array(Math.min(sizeBytes, 256 * 1024));
  for (let left = sizeBytes; left > 0; left -= block.length) yield block.subarray(0, left);
}
