import type { ImageLayer } from "../image/mod.ts";
import type { LayerEntry } from "../layer/mod.ts";

/** A file's content while it is read. Read it before the next one is asked for. */
export interface FileContent {
  /** As it was asked for. */
  readonly entry: LayerEntry;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * A layer to look into, wherever it is. What it says has been checked: its entries against the diffID or against the digest of a table of
 * contents that the manifest names, its contents against the digests in its entries.
 */
export interface LayerView extends ImageLayer {
  /** In the order of the archive. Found out at the first call. */
  entries(): Promise<readonly LayerEntry[]>;
  /**
   * Contents of files, each an entry of this layer (also one that stands under another path in a tree). They come in the order of the
   * archive, each once; an empty file never comes. Stops reading when the last one has come.
   */
  contents(files: Iterable<LayerEntry>): AsyncIterable<FileContent>;
}
