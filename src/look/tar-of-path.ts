import {
  isAtOrBelow,
  type LayerEntry,
  type PlannedMember,
  partOfTree,
  planFlatten,
  type TreeNode,
} from "../layer/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import type { TarEntry, TarInput } from "../tar/mod.ts";
import type { ImageView } from "./image-view.ts";
import type { FileContent } from "./layer-view.ts";

/**
 * What is at a node of an image and below it, as members of a tar whose names begin with `name` instead of the node's path (`""`: with
 * nothing; the node itself is left out then). Every layer is read once, as far as needed. Hard links among them stay hard links; a name of a file outside
 * becomes the file.
 */
export async function* tarOfPath(image: ImageView, node: TreeNode, name: string): AsyncGenerator<TarInput> {
  const { path } = node.entry;
  const tree = await image.tree();
  const layers = await Promise.all(image.layers.map(async (layer) => ({ entries: await layer.entries() })));
  const planned = planFlatten(partOfTree(tree, path), layers).filter(({ entry }) =>
    isAtOrBelow(entry.path, path),
  );
  const readers = image.layers.map((layer, number) => {
    const files = planned.flatMap(({ content }) =>
      content?.layer === number ? [layers[number]!.entries[content.position]!] : [],
    );
    return new LayerReader(layer.contents(files));
  });
  try {
    for (const member of planned) {
      const entry = renamed(member.entry, path, name);
      if (entry.path !== "") yield { entry, ...(await contentOf(member, layers, readers)) };
    }
  } finally {
    for (const reader of readers) await reader.close();
  }
}

function renamed(entry: TarEntry, from: string, to: string): TarEntry {
  const name = (path: string) => {
    const rest = from === "" ? path : path.slice(from.length + 1);
    return to === "" || rest === "" ? to + rest : `${to}/${rest}`;
  };
  const linkTarget = entry.type === "hardlink" ? { linkTarget: name(entry.linkTarget!) } : {};
  return { ...entry, path: name(entry.path), ...linkTarget };
}

async function contentOf(
  { entry, content }: PlannedMember,
  layers: readonly { readonly entries: readonly LayerEntry[] }[],
  readers: readonly LayerReader[],
): Promise<{ content?: AsyncIterable<Uint8Array> }> {
  if (content !== undefined) {
    const expected = layers[content.layer]!.entries[content.position]!;
    return { content: await readers[content.layer]!.next(expected) };
  }
  if (entry.type !== "file" || entry.sizeBytes === 0) return {};
  throw missing(entry.path);
}

/** The contents of one layer, in the order in which they were asked for. */
class LayerReader {
  readonly #iterator: AsyncIterator<FileContent>;

  constructor(contents: AsyncIterable<FileContent>) {
    this.#iterator = contents[Symbol.asyncIterator]();
  }

  async next(expected: LayerEntry): Promise<AsyncIterable<Uint8Array>> {
    const { done, value } = await this.#iterator.next();
    if (done || value.entry !== expected) throw missing(expected.path);
    return value.content;
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

function missing(path: string): KasaneError {
  return new KasaneError(
    "invalid-layer",
    `the layer does not hold ${JSON.stringify(path)} where its index says`,
  );
}
