import { createReadStream } from "node:fs";
import { join } from "node:path";
import { type ImageLayer, type ImageSource, verified } from "../image/mod.ts";
import { compressionOf, indexLayer, type LayerEntry, type LayerIndex } from "../layer/mod.ts";
import { type ByteSource, collect, KasaneError } from "../lib/mod.ts";
import { heldContent, type Spool, SpoolFile } from "./held-content.ts";
import type { FileContent, LayerView } from "./layer-view.ts";
import { inArchiveOrder, passContents, plainContents } from "./stored-layer.ts";
import { findTableOfContents } from "./toc/find-table.ts";
import type { TocLayer } from "./toc/toc-layer.ts";

/** Where indexes of layers are kept that stay elsewhere. */
export interface IndexCache {
  knownLayerIndex(diffId: LayerIndex["diffId"]): Promise<LayerIndex | undefined>;
  keepLayerIndex(index: LayerIndex): Promise<void>;
}

export interface SourceLayerOptions {
  readonly indexes: IndexCache;
  readonly spool: Spool;
  /** Whether contents will be asked for: then a layer that has to be read whole is kept until the end, and not fetched twice. */
  readonly needsContents: boolean;
  /** Told of a layer that has to be read whole. */
  readonly onWholeLayer: (descriptor: ImageLayer["descriptor"]) => void;
  /** Told of the bytes that have come of a stream, until the first one is passed on: whoever asked may print from then on. */
  readonly onRead: (descriptor: ImageLayer["descriptor"], reading: LayerReading) => void;
}

export interface LayerReading {
  readonly readBytes: number;
  /** It has come, or nothing more is told of it. */
  readonly isOver: boolean;
}

/** What is known of the layer, from the cheapest to the dearest way of finding it out. */
type Knowledge =
  | { readonly kind: "index"; readonly entries: readonly LayerEntry[]; readonly spooled?: string }
  | { readonly kind: "table"; readonly layer: TocLayer };

/**
 * A layer in a registry, an archive or a layout. No byte of it is believed that was not checked:
 *
 * 1. an index that is kept from an earlier look: contents are read by range or up to where they are, and checked against its digests;
 * 2. a table of contents (eStargz, zstd:chunked) whose digest the manifest names: by range, with the digests it gives;
 * 3. else the whole layer is read once, checked against its digest and diffID, and its index kept for the next time.
 *
 * What comes from a table is never kept: that it tells the same as the layer has not been checked, only that the manifest vouches for both.
 */
export class SourceLayer implements LayerView {
  readonly descriptor: ImageLayer["descriptor"];
  readonly diffId: ImageLayer["diffId"];
  readonly #source: ImageSource;
  readonly #options: SourceLayerOptions;
  #knowledge: Promise<Knowledge> | undefined;

  constructor(source: ImageSource, layer: ImageLayer, options: SourceLayerOptions) {
    this.#source = source;
    this.descriptor = layer.descriptor;
    this.diffId = layer.diffId;
    this.#options = options;
  }

  async entries(): Promise<readonly LayerEntry[]> {
    const known = await this.#known();
    return known.kind === "table" ? known.layer.entries : known.entries;
  }

  async *contents(files: Iterable<LayerEntry>): AsyncGenerator<FileContent> {
    const wanted = inArchiveOrder(files);
    if (wanted.length === 0) return;
    const known = await this.#known();
    if (known.kind === "table") {
      yield* known.layer.contents(wanted);
    } else if (known.spooled !== undefined) {
      // Its digest has been checked: what is read from it may be seen at once.
      yield* passContents(wanted, createReadStream(known.spooled, { highWaterMark: 256 * 1024 }));
    } else {
      const meter = this.#meter();
      try {
        for await (const { entry, content } of await this.#remoteContents(wanted, meter)) {
          yield { entry, content: meter.over(heldContent(content, this.#options.spool)) };
        }
      } finally {
        meter.end();
      }
    }
  }

  async #remoteContents(wanted: readonly LayerEntry[], meter: Meter): Promise<AsyncIterable<FileContent>> {
    const { size } = this.descriptor;
    const isInPlace = wanted.every(
      ({ contentOffset: at, sizeBytes }) => at !== undefined && at + sizeBytes <= size,
    );
    if (isInPlace && (await this.#isPlain()))
      return plainContents(wanted, (start, end) => this.#open(start, end));
    return passContents(wanted, meter.count(await this.#source.blob(this.descriptor)));
  }

  async #isPlain(): Promise<boolean> {
    const { mediaType } = this.descriptor;
    if (/gzip|zstd/.test(mediaType)) return false;
    return compressionOf(await collect(await this.#open(0, 4), 4, "the head of a layer")) === "none";
  }

  #open(start: number, end: number): Promise<AsyncIterable<Uint8Array>> {
    return this.#source.blob(this.descriptor, { start, end });
  }

  #meter(): Meter {
    return new Meter((reading) => this.#options.onRead(this.descriptor, reading));
  }

  #known(): Promise<Knowledge> {
    this.#knowledge ??= this.#findOut();
    return this.#knowledge;
  }

  async #findOut(): Promise<Knowledge> {
    const index = await this.#options.indexes.knownLayerIndex(this.diffId);
    if (index !== undefined) return { kind: "index", entries: index.entries };
    const layer = await findTableOfContents(this.descriptor, {
      open: (start, end) => this.#open(start, end),
      spool: this.#options.spool,
    });
    return layer === undefined ? this.#readWhole() : { kind: "table", layer };
  }

  async #readWhole(): Promise<Knowledge> {
    this.#options.onWholeLayer(this.descriptor);
    const meter = this.#meter();
    try {
      const blob = verified(meter.count(await this.#source.blob(this.descriptor)), this.descriptor);
      if (!this.#options.needsContents) return { kind: "index", entries: await this.#index(blob) };
      return await this.#spoolWhole(blob);
    } finally {
      meter.end();
    }
  }

  async #spoolWhole(blob: ByteSource): Promise<Knowledge> {
    const path = join(await this.#options.spool.directory(), crypto.randomUUID());
    const file = await SpoolFile.make(path);
    try {
      return { kind: "index", entries: await this.#index(writing(blob, file)), spooled: path };
    } finally {
      await file.close();
    }
  }

  async #index(blob: ByteSource): Promise<readonly LayerEntry[]> {
    const index = await indexLayer(blob);
    if (index.diffId !== this.diffId) {
      throw new KasaneError(
        "invalid-layer",
        `layer ${this.descriptor.digest} unpacks to ${index.diffId}, and not to ${this.diffId} as its image config says`,
      );
    }
    await this.#options.indexes.keepLayerIndex(index);
    return index.entries;
  }
}

/** Counts what comes of a layer, for whoever waits. */
class Meter {
  readonly #tell: (reading: LayerReading) => void;
  #readBytes = 0;
  #isOver = false;

  constructor(tell: (reading: LayerReading) => void) {
    this.#tell = tell;
  }

  async *count(source: ByteSource): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#readBytes += chunk.length;
      if (!this.#isOver) this.#tell({ readBytes: this.#readBytes, isOver: false });
      yield chunk;
    }
  }

  /** The content, after whose first byte nothing more is told. */
  async *over(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      this.end();
      yield chunk;
    }
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tell({ readBytes: this.#readBytes, isOver: true });
  }
}

async function* writing(source: ByteSource, file: SpoolFile): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    await file.write(chunk);
    yield chunk;
  }
}
