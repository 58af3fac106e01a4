import { zstdDecompressSync } from "node:zlib";
import { messageOf } from "../../lib/mod.ts";
import type { Descriptor } from "../../oci/mod.ts";
import { readTable } from "./read-table.ts";
import { checkTableDigest, readRange, tableError, tableTextLimitBytes } from "./table-error.ts";
import type { BlobAccess, TableOfContents } from "./toc-layer.ts";

/** podman before 4.4 left the second part out. */
const prefixes = ["io.github.containers.zstd-chunked", "io.containers.zstd-chunked"];

/** What the annotations of a layer say of its table. */
export interface ChunkedAnnotations {
  /** Digest of the compressed table. */
  readonly checksum: string | undefined;
  /** Of the compressed table: `offset:length:length uncompressed:type`. */
  readonly position: string;
}

/** undefined for a layer that is not zstd:chunked. */
export function chunkedAnnotations({ annotations = {} }: Descriptor): ChunkedAnnotations | undefined {
  for (const prefix of prefixes) {
    const position = annotations[`${prefix}.manifest-position`];
    if (position !== undefined) return { position, checksum: annotations[`${prefix}.manifest-checksum`] };
  }
  return undefined;
}

/** The only type there is. */
const crfsType = 1;

/**
 * The table of a zstd:chunked layer (containers/storage, pkg/chunked): a skippable frame near the end of the blob, where the layer's
 * annotations say.
 */
export async function readChunkedTable(
  descriptor: Descriptor,
  annotations: ChunkedAnnotations,
  blob: BlobAccess,
): Promise<TableOfContents> {
  const { checksum } = annotations;
  const position = /^(\d{1,15}):(\d{1,15}):(\d{1,15}):(\d{1,3})$/.exec(annotations.position);
  if (position === null || checksum === undefined)
    throw tableError(descriptor, "its annotations are incomplete");
  const [start, length, textLength, type] = position.slice(1).map(Number) as [number, number, number, number];
  if (type !== crfsType) throw tableError(descriptor, `its type ${type} is not known`);
  if (textLength > tableTextLimitBytes) throw tableError(descriptor, "it is too large");
  const bytes = await readRange(descriptor, blob, { start, end: start + length });
  checkTableDigest(descriptor, bytes, checksum);
  let json: Uint8Array;
  try {
    json = zstdDecompressSync(bytes, { maxOutputLength: textLength });
  } catch (error) {
    throw tableError(descriptor, messageOf(error));
  }
  return readTable(json, { end: start });
}
