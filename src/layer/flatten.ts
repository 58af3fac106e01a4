import { type ByteSource, KasaneError } from "../lib/mod.ts";
import type { TarEntry, TarInput } from "../tar/mod.ts";
import { decompress } from "./compression.ts";
import { hardLink } from "./diff.ts";
import { parentPath } from "./directory-handles.ts";
import type { LayerEntry, LayerIndex } from "./entry.ts";
import { type LayerMember, readLayer } from "./read-layer.ts";
import type { ImageTree, TreeNode } from "./tree.ts";
import { show } from "./unpack-error.ts";

/** A layer of an image, base first. */
export interface FlattenLayer {
  readonly index: LayerIndex;
  /** The layer's bytes, compressed or not. Only called when something in the layer is still seen. */
  open(): Promise<ByteSource>;
}

/**
 * The file system of an image as one tar, without unpacking: each layer is read once, in order, and gives the files that the tree has
 * from it. Directories stand before what is in them, each path stands there once, and hard links behind the file they are
 * names of, also where that file's own name is gone. The root directory is named when a layer names it.
 * @param image `tree` must be mergeLayers() of the indexes
 * @throws KasaneError `io` when a layer is not what its index says
 */
export async function* flattenLayers(image: {
  readonly tree: ImageTree;
  readonly layers: readonly FlattenLayer[];
}): AsyncGenerator<TarInput> {
  const flatten = new Flatten(image.tree);
  for (const [number, layer] of image.layers.entries()) yield* flatten.layer(number, layer);
  yield* flatten.rest();
}

class Flatten {
  readonly #tree: ImageTree;
  /** All names of each file, in the order of the tree. */
  readonly #names = new Map<TreeNode, TreeNode[]>();
  readonly #emitted = new Set<TreeNode>();

  constructor(tree: ImageTree) {
    this.#tree = tree;
    for (const node of tree.walk()) {
      const file = node.target ?? node;
      const names = this.#names.get(file);
      if (names === undefined) this.#names.set(file, [node]);
      else names.push(node);
    }
  }

  async *layer(number: number, layer: FlattenLayer): AsyncGenerator<TarInput> {
    const wanted = this.#wantedContents(number);
    const reader = new LayerReader(layer);
    try {
      for (const [position, entry] of layer.index.entries.entries()) {
        const file = wanted.take(entry);
        if (file !== undefined) {
          yield* this.#emit(file, await reader.content(position));
          continue;
        }
        const node = this.#tree.get(entry.path);
        if (node?.layer === number && !hasContent(node.target ?? node))
          yield* this.#emit(node.target ?? node);
      }
    } finally {
      await reader.close();
    }
    const [missing] = wanted.left();
    if (missing !== undefined) throw disagreement(missing.entry.path);
  }

  /** What was not met under its own name: directories that no layer names, entries written through a symlink. */
  *rest(): Generator<TarInput> {
    for (const node of this.#tree.walk()) yield* this.#emit(node.target ?? node);
  }

  /**
   * By content, not by place in the archive: an entry may be in the tree under another path, and equal contents are as
   * good as each other.
   */
  #wantedContents(layer: number): WantedContents {
    const wanted = new WantedContents();
    for (const file of this.#names.keys()) if (file.layer === layer && hasContent(file)) wanted.add(file);
    return wanted;
  }

  /** The file under its first name, and all its other names. */
  *#emit(file: TreeNode, content?: ByteSource): Generator<TarInput> {
    if (this.#emitted.has(file)) return;
    this.#emitted.add(file);
    const names = this.#names.get(file)!;
    // Its own name where it still has it.
    const first = names.includes(file) ? file : names[0]!;
    const { path } = first.entry;
    yield* this.#emitParents(path);
    if (path === "" && file.isImplied === true) return;
    const entry = tarEntry(file.entry, path === "" ? "./" : path);
    yield content === undefined ? { entry } : { entry, content };
    for (const name of names) {
      if (name === first) continue;
      yield* this.#emitParents(name.entry.path);
      yield { entry: hardLink({ ...entry, path: name.entry.path }, path) };
    }
  }

  *#emitParents(path: string): Generator<TarInput> {
    if (path === "") return;
    const parent = this.#tree.get(parentPath(path))!;
    if (!this.#emitted.has(parent)) yield* this.#emit(parent);
  }
}

class WantedContents {
  readonly #files = new Map<string, TreeNode[]>();

  add(file: TreeNode): void {
    const key = contentKey(file.entry);
    const files = this.#files.get(key);
    if (files === undefined) this.#files.set(key, [file]);
    else files.push(file);
  }

  /** A file with the content of `entry` that has none yet. */
  take(entry: LayerEntry): TreeNode | undefined {
    return entry.type === "file" ? this.#files.get(contentKey(entry))?.shift() : undefined;
  }

  left(): TreeNode[] {
    return [...this.#files.values()].flat();
  }
}

function contentKey({ contentDigest, sizeBytes }: LayerEntry): string {
  return `${contentDigest} ${sizeBytes}`;
}

function hasContent({ entry }: TreeNode): boolean {
  return entry.type === "file" && entry.sizeBytes > 0;
}

/** Reads a layer as far as somebody wants something of it. */
class LayerReader {
  readonly #layer: FlattenLayer;
  #members: AsyncGenerator<LayerMember, void, undefined> | undefined;
  #position = -1;

  constructor(layer: FlattenLayer) {
    this.#layer = layer;
  }

  /** The content of the member at `position`, which must be behind the last one asked for. */
  async content(position: number): Promise<AsyncIterable<Uint8Array>> {
    this.#members ??= readLayer(decompress(await this.#layer.open()));
    for (;;) {
      const { value, done } = await this.#members.next();
      const expected = this.#layer.index.entries[++this.#position];
      if (done || expected?.path !== value.entry.path || expected.sizeBytes !== value.entry.sizeBytes) {
        throw disagreement(expected?.path ?? "");
      }
      if (this.#position === position) return value.content();
    }
  }

  async close(): Promise<void> {
    await this.#members?.return();
  }
}

function tarEntry(entry: LayerEntry, path: string): TarEntry {
  const { contentDigest: _digest, contentOffset: _offset, ...rest } = entry;
  if (rest.type === "whiteout" || rest.type === "opaque") throw disagreement(path);
  return { ...rest, path, type: rest.type };
}

function disagreement(path: string): KasaneError {
  return new KasaneError(
    "io",
    `cannot read ${show(path)} from its layer: the layer index does not fit the layer`,
    {
      hint: "the index can be made again from the layer",
    },
  );
}
