import { type ByteSource, KasaneError } from "../lib/mod.ts";
import type { TarInput } from "../tar/mod.ts";
import { decompress } from "./compression.ts";
import type { LayerIndex } from "./entry.ts";
import { planFlatten } from "./flatten-plan.ts";
import { type LayerMember, readLayer } from "./read-layer.ts";
import { checkedContent } from "./read-layer-files.ts";
import type { ImageTree } from "./tree.ts";
import { show } from "./unpack-error.ts";

/** A layer of an image, base first. */
export interface FlattenLayer {
  readonly index: LayerIndex;
  /** The layer's bytes, compressed or not. Only called when some content of the layer is still seen. */
  open(): Promise<ByteSource>;
}

/**
 * The file system of an image as one tar, without unpacking: each layer is read once, in order and as far as needed, and gives the
 * files that the tree has from it. Every path stands there once, hard links behind the file they are names of, also where that
 * file's own name is gone. The root directory is named (`./`) when a layer names it. Directories stand before what is in
 * them, but for those that get files from several layers: these come last, so that unpacking leaves them their time. The same image
 * gives the same members.
 * @param image `tree` must be mergeLayers() of the indexes
 * @throws KasaneError `io` when a layer is not what its index says, `invalid-layer` for a file whose bytes were damaged since
 */
export async function* flattenLayers(
  image: { readonly tree: Pick<ImageTree, "get" | "walk">; readonly layers: readonly FlattenLayer[] },
  options: {
    /** Paths that are wanted; absent: all. */
    readonly only?: ReadonlySet<string>;
  } = {},
): AsyncGenerator<TarInput> {
  const { only } = options;
  const whole = planFlatten(
    image.tree,
    image.layers.map(({ index }) => index),
  );
  const plan = only ? whole.filter(({ entry }) => only.has(entry.path)) : whole;
  let reader: LayerReader | undefined;
  try {
    for (const { entry, content } of plan) {
      const named = entry.path === "" ? { ...entry, path: "./" } : entry;
      if (content === undefined) {
        if (entry.type === "file" && entry.sizeBytes > 0) throw disagreement(entry.path);
        yield { entry: named };
        continue;
      }
      if (reader?.number !== content.layer) {
        await reader?.close();
        reader = new LayerReader(content.layer, image.layers[content.layer]!);
      }
      yield { entry: named, content: await reader.content(content.position) };
    }
  } finally {
    await reader?.close();
  }
}

/** Reads a layer as far as somebody wants something of it. */
class LayerReader {
  readonly number: number;
  readonly #layer: FlattenLayer;
  #members: AsyncGenerator<LayerMember, void, undefined> | undefined;
  #position = -1;

  constructor(number: number, layer: FlattenLayer) {
    this.number = number;
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
      if (this.#position === position) return checkedContent(expected, value.content());
    }
  }

  async close(): Promise<void> {
    await this.#members?.return();
  }
}

function disagreement(path: string): KasaneError {
  return new KasaneError(
    "io",
    `cannot read ${show(path)} from its layer: the layer index does not fit the layer`,
    { hint: "the index can be made again from the layer" },
  );
}
