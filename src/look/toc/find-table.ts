import type { Descriptor } from "../../oci/mod.ts";
import { readEstargzTable, tocDigestAnnotation } from "./estargz.ts";
import { type BlobAccess, TocLayer } from "./toc-layer.ts";
import { chunkedAnnotations, readChunkedTable } from "./zstd-chunked.ts";

/**
 * The layer as its table of contents tells of it; undefined where it has none whose digest the manifest names. A table that is there and wrong is
 * an error: the same layer must not be one thing today and another tomorrow.
 * @throws KasaneError `digest-mismatch`, `invalid-layer`, `limit-exceeded`
 */
export async function findTableOfContents(
  descriptor: Descriptor,
  blob: BlobAccess,
): Promise<TocLayer | undefined> {
  const chunked = chunkedAnnotations(descriptor);
  if (chunked !== undefined) return new TocLayer(await readChunkedTable(descriptor, chunked, blob), blob);
  if (descriptor.annotations?.[tocDigestAnnotation] !== undefined) {
    return new TocLayer(await readEstargzTable(descriptor, blob), blob);
  }
  return undefined;
}
