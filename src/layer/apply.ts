import { type ByteSource, KasaneError } from "../lib/mod.ts";
import type { OverlayXattrs } from "./overlay.ts";
import type { ImageTree } from "./tree.ts";

export interface ApplyOptions {
  /** What lies below: gives attributes of parent directories the layer does not name, and resolves symlinked parents. */
  readonly lower?: ImageTree;
  /** Reads a file of a lower layer, for hard links that reach below. */
  readonly readLower?: (path: string) => AsyncIterable<Uint8Array>;
  /**
   * `overlay`: `directory` becomes an overlay lower directory, whiteouts become 0:0 devices and opaque xattrs.
   * `merge`: the layer is applied on top of what is in `directory`, whiteouts remove.
   */
  readonly mode: { readonly kind: "overlay"; readonly xattrs: OverlayXattrs } | { readonly kind: "merge" };
  /** `ignore` where only one uid is mapped: files belong to the caller, the true owner is kept in `user.kasane.owner`. */
  readonly ownership: "keep" | "ignore";
}

/**
 * Unpacks a layer blob (compressed or not) into `directory`. Nothing outside `directory` is touched, whatever the
 * archive says: every parent is opened without following links. Not atomic: unpack aside and rename.
 * @throws KasaneError `invalid-layer`, `no-space`, `io`
 */
export async function applyLayer(
  _blob: ByteSource,
  _directory: string,
  _options: ApplyOptions,
): Promise<void> {
  throw new KasaneError("internal", "not built yet");
}
