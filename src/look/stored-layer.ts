import type { ImageLayer } from "../image/mod.ts";
import { compressionOf, type LayerEntry, readLayerFiles } from "../layer/mod.ts";
import { collect } from "../lib/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { checkedContent } from "./checked-content.ts";
import type { FileContent, LayerView } from "./layer-view.ts";

/** A layer whose blob is in the local store: its index is kept there, and of its bytes only what is needed is read. */
export function storedLayer(
  store: Pick<LocalStore, "layerIndex" | "blobs">,
  { descriptor, diffId }: ImageLayer,
): LayerView {
  const open = (start?: number, end?: number) =>
    store.blobs.open(descriptor.digest, start === undefined ? undefined : { start, ...(end && { end }) });
  return {
    descriptor,
    diffId,
    entries: async () => (await store.layerIndex(descriptor, diffId)).entries,
    async *contents(files) {
      const wanted = inArchiveOrder(files);
      if (wanted.length === 0) return;
      const head = await collect(await open(0, Math.min(4, descriptor.size)), 4, "the head of a layer");
      const isPlain =
        compressionOf(head) === "none" && wanted.every((file) => file.contentOffset !== undefined);
      if (isPlain) yield* plainContents(wanted, open);
      else yield* passContents(wanted, await open());
    },
  };
}

/** Of an uncompressed tar each file is read where it lies. */
export async function* plainContents(
  files: readonly LayerEntry[],
  open: (start: number, end: number) => Promise<AsyncIterable<Uint8Array>>,
): AsyncGenerator<FileContent> {
  for (const entry of files) {
    const start = entry.contentOffset!;
    yield { entry, content: checkedContent(entry, await open(start, start + entry.sizeBytes)) };
  }
}

/** One pass over the blob, as far as the last of them. */
export async function* passContents(
  files: readonly LayerEntry[],
  blob: AsyncIterable<Uint8Array>,
): AsyncGenerator<FileContent> {
  const byPosition = new Map(files.map((file) => [positionOf(file), file]));
  for await (const { entry, content } of readLayerFiles(blob, files)) {
    yield { entry: byPosition.get(positionOf(entry))!, content: content() };
  }
}

/** Those that have content, each once. */
export function inArchiveOrder(files: Iterable<LayerEntry>): LayerEntry[] {
  const byPosition = new Map<number, LayerEntry>();
  for (const file of files) {
    if (file.type === "file" && file.sizeBytes > 0) byPosition.set(positionOf(file), file);
  }
  return [...byPosition].sort(([a], [b]) => a - b).map(([, file]) => file);
}

/** Two files with content never begin at the same byte. */
export function positionOf(entry: LayerEntry): number {
  return entry.contentOffset ?? entry.sparseOffset ?? -1;
}
