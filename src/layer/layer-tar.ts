import type { ByteSource } from "../lib/mod.ts";
import { type Digest, DigestHasher, digestOf } from "../oci/mod.ts";
import { LimitMeter, type TarEntry, type TarInput, writeTar } from "../tar/mod.ts";
import type { LayerEntry, LayerIndex } from "./entry.ts";
import { withoutBookkeeping } from "./layer-index.ts";
import { layerEntryOf } from "./read-layer.ts";

/**
 * A layer's tar while it is written, and the index that indexTar() would make of its bytes. Reading the tar again for that would take as
 * long as writing it (5,000 small files: 0.2 s).
 */
export class LayerTar {
  readonly #inputs: AsyncIterable<TarInput> | Iterable<TarInput>;
  readonly #whole = new DigestHasher();
  readonly #entries: LayerEntry[] = [];
  /** What could not be read back is not written. */
  readonly #meter = new LimitMeter();
  /** The file whose content is passing. */
  #file: LayerEntry | undefined;
  #content: DigestHasher | undefined;
  #contentDigest: Digest | undefined;

  constructor(inputs: AsyncIterable<TarInput> | Iterable<TarInput>) {
    this.#inputs = inputs;
  }

  /**
   * The tar, once.
   * @throws as writeTar() and readLayer() do
   */
  async *bytes(): AsyncGenerator<Uint8Array> {
    const observer = {
      onMember: (entry: TarEntry, contentOffset: number) => this.#begin(entry, contentOffset),
      onContent: (chunk: Uint8Array) => this.#add(chunk),
    };
    for await (const chunk of writeTar(this.#inputs, observer)) {
      this.#whole.update(chunk);
      yield chunk;
    }
    this.#finishFile();
  }

  /** After the last of the bytes. To be called once. */
  index(): LayerIndex {
    return { diffId: this.#whole.digest(), tarSizeBytes: this.#whole.sizeBytes, entries: this.#entries };
  }

  #begin(member: TarEntry, contentOffset: number): void {
    this.#finishFile();
    this.#meter.addEntry();
    this.#meter.addContent(member.sizeBytes);
    this.#meter.bounded(member.path);
    this.#meter.bounded(member.linkTarget ?? "");
    const read = layerEntryOf({ ...member, contentOffset, isSparse: false });
    if (read === undefined) return;
    const entry = withoutBookkeeping(read);
    if (entry.type === "file") this.#file = entry;
    else this.#entries.push(entry);
  }

  #add(chunk: Uint8Array): void {
    const file = this.#file;
    if (file === undefined) return;
    // Most files are one chunk; a hasher costs more than their bytes.
    if (chunk.length === file.sizeBytes) {
      this.#contentDigest = digestOf(chunk);
      return;
    }
    this.#content ??= new DigestHasher();
    this.#content.update(chunk);
  }

  #finishFile(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#entries.push({
      ...file,
      contentDigest: this.#contentDigest ?? this.#content?.digest() ?? emptyDigest,
    });
    this.#file = undefined;
    this.#content = undefined;
    this.#contentDigest = undefined;
  }
}

const emptyDigest = digestOf("");

/** What a layer is made of: entries, or a tar that came from elsewhere and is read for its index. */
export type LayerContent =
  | { readonly entries: AsyncIterable<TarInput> | Iterable<TarInput> }
  | { readonly tar: ByteSource };
