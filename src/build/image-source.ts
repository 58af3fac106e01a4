import type { BlobReader } from "../blob/mod.ts";
import type { ImageLayer } from "../image/mod.ts";
import { decompress, type ImageTree, type TreeNode } from "../layer/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import type { Digest } from "../oci/mod.ts";
import type { ContentSpool } from "./content-spool.ts";
import type { SourceNode, SourceTree } from "./source-tree.ts";

export interface ImageSourceOptions {
  readonly name: string;
  /** Base first. */
  readonly layers: readonly ImageLayer[];
  readonly tree: ImageTree;
  readonly blobs: BlobReader;
  readonly spool: ContentSpool;
}

/** Where a file's content is: `layer` counts from the base. */
interface Place {
  readonly layer: number;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly digest: Digest;
}

/**
 * The files of a stage or an image, read out of its layer blobs. Nothing is unpacked: each blob that holds something wanted is
 * decompressed once, and what is wanted of it goes to the spool.
 */
export class ImageSource implements SourceTree {
  readonly name: string;
  readonly #layers: readonly ImageLayer[];
  readonly #tree: ImageTree;
  readonly #blobs: BlobReader;
  readonly #spool: ContentSpool;
  readonly #nodes = new Map<string, SourceNode>();
  /** Spool offsets by `layer:offset`. */
  readonly #spooled = new Map<string, number>();

  constructor(options: ImageSourceOptions) {
    this.name = options.name;
    this.#layers = options.layers;
    this.#tree = options.tree;
    this.#blobs = options.blobs;
    this.#spool = options.spool;
  }

  get(path: string): SourceNode | undefined {
    const known = this.#nodes.get(path);
    if (known) return known;
    const found = this.#tree.get(path);
    if (!found) return undefined;
    const node = sourceNode(found);
    this.#nodes.set(path, node);
    return node;
  }

  children(path: string): readonly SourceNode[] {
    return this.#tree.children(path).map((child) => this.get(child.entry.path)!);
  }

  isHidden(): boolean {
    return false;
  }

  async digest(node: SourceNode): Promise<Digest> {
    return this.#place(node).digest;
  }

  async prepare(nodes: readonly SourceNode[]): Promise<void> {
    const byLayer = new Map<number, Place[]>();
    for (const node of nodes) {
      const place = this.#place(node);
      if (place.sizeBytes === 0 || this.#spooled.has(key(place))) continue;
      const places = byLayer.get(place.layer);
      if (places) places.push(place);
      else byLayer.set(place.layer, [place]);
    }
    for (const [layer, places] of byLayer) await this.#spoolFrom(this.#layers[layer]!, places);
    await this.#spool.flush();
  }

  async *open(node: SourceNode): AsyncGenerator<Uint8Array> {
    const place = this.#place(node);
    if (place.sizeBytes === 0) return;
    const offset = this.#spooled.get(key(place));
    if (offset === undefined)
      throw new KasaneError("internal", `${node.path} was opened before it was prepared`);
    yield* this.#spool.read(offset, place.sizeBytes) as AsyncIterable<Uint8Array>;
  }

  #place(node: SourceNode): Place {
    const found = this.#tree.get(node.path);
    const holder = found?.target ?? found;
    const entry = holder?.entry;
    if (!holder || entry?.contentDigest === undefined || entry.contentOffset === undefined) {
      throw new KasaneError("internal", `${node.path} of ${this.name} has no content`);
    }
    return {
      layer: holder.layer,
      offset: entry.contentOffset,
      sizeBytes: entry.sizeBytes,
      digest: entry.contentDigest,
    };
  }

  async #spoolFrom(layer: ImageLayer, places: Place[]): Promise<void> {
    // Two names of one file are one place.
    const wanted = [...new Map(places.map((place) => [place.offset, place])).values()].sort(
      (a, b) => a.offset - b.offset,
    );
    let index = 0;
    let position = 0;
    for await (const chunk of decompress(await this.#blobs.open(layer.descriptor.digest))) {
      const end = position + chunk.length;
      while (index < wanted.length) {
        const place = wanted[index]!;
        const placeEnd = place.offset + place.sizeBytes;
        if (place.offset >= end) break;
        const from = Math.max(place.offset, position);
        if (from === place.offset) this.#spooled.set(key(place), this.#spool.offset);
        await this.#spool.write(chunk.subarray(from - position, Math.min(placeEnd, end) - position));
        if (placeEnd > end) break;
        index++;
      }
      position = end;
      if (index === wanted.length) return;
    }
    throw new KasaneError("invalid-layer", `layer ${layer.diffId} ends before content its index names`);
  }
}

function key(place: Place): string {
  return `${place.layer}:${place.offset}`;
}

function sourceNode(found: TreeNode): SourceNode {
  const entry = found.target?.entry ?? found.entry;
  const { type, mode, uid, gid, sizeBytes, modified, linkTarget, deviceMajor, deviceMinor, xattrs } = entry;
  if (type === "whiteout" || type === "opaque" || type === "hardlink") {
    throw new KasaneError("internal", `${found.entry.path} is a ${type}, which no merged tree has`);
  }
  return {
    path: found.entry.path,
    type,
    mode,
    uid,
    gid,
    sizeBytes,
    modified,
    ...(type === "symlink" && linkTarget !== undefined ? { linkTarget } : {}),
    ...(deviceMajor === undefined ? {} : { deviceMajor }),
    ...(deviceMinor === undefined ? {} : { deviceMinor }),
    ...(xattrs === undefined ? {} : { xattrs }),
    ...(type === "file"
      ? { linkGroup: `${found.target?.layer ?? found.layer}:${entry.path}:${entry.contentOffset}` }
      : {}),
  };
}
