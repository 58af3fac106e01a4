import type { BlobReader } from "../blob/mod.ts";
import type { ImageLayer } from "../image/mod.ts";
import { type ImageTree, type LayerEntry, readLayerFiles, type TreeNode } from "../layer/mod.ts";
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

/** A file's entry and the layer (counted from the base) that holds its content. */
interface Place {
  readonly layer: number;
  readonly entry: LayerEntry;
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
  /** Spool offsets by key(). */
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
    return this.#place(node).entry.contentDigest!;
  }

  async prepare(nodes: readonly SourceNode[]): Promise<void> {
    const byLayer = Map.groupBy(
      nodes.map((node) => this.#place(node)),
      ({ layer }) => layer,
    );
    for (const [layer, places] of byLayer) {
      const wanted = places
        .map(({ entry }) => entry)
        .filter((entry) => entry.sizeBytes > 0 && !this.#spooled.has(key(layer, entry)));
      if (wanted.length > 0) await this.#spoolFrom(layer, wanted);
    }
    await this.#spool.flush();
  }

  async *open(node: SourceNode): AsyncGenerator<Uint8Array> {
    const { layer, entry } = this.#place(node);
    if (entry.sizeBytes === 0) return;
    const offset = this.#spooled.get(key(layer, entry));
    if (offset === undefined) {
      throw new KasaneError("internal", `${node.path} was opened before it was prepared`);
    }
    yield* this.#spool.read(offset, entry.sizeBytes) as AsyncIterable<Uint8Array>;
  }

  #place(node: SourceNode): Place {
    const found = this.#tree.get(node.path);
    const holder = found?.target ?? found;
    if (holder?.entry.type === "file") return { layer: holder.layer, entry: holder.entry };
    throw new KasaneError("internal", `${node.path} of ${this.name} has no content`);
  }

  async #spoolFrom(layer: number, wanted: readonly LayerEntry[]): Promise<void> {
    const { descriptor } = this.#layers[layer]!;
    const blob = await this.#blobs.open(descriptor.digest);
    for await (const { entry, content } of readLayerFiles(blob, wanted)) {
      this.#spooled.set(key(layer, entry), this.#spool.offset);
      for await (const chunk of content()) await this.#spool.write(chunk);
    }
  }
}

/** Two files with content never begin at the same byte of a layer. */
function key(layer: number, entry: LayerEntry): string {
  return `${layer}:${entry.contentOffset ?? entry.sparseOffset}`;
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
