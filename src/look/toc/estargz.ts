import { decompress } from "../../layer/mod.ts";
import { collect } from "../../lib/mod.ts";
import type { Descriptor } from "../../oci/mod.ts";
import { readTar } from "../../tar/mod.ts";
import { readTable } from "./read-table.ts";
import { checkTableDigest, readRange, tableError, tableTextLimitBytes } from "./table-error.ts";
import type { BlobAccess, TableOfContents } from "./toc-layer.ts";

/** Of the table as JSON, uncompressed. */
export const tocDigestAnnotation = "containerd.io/snapshot/stargz/toc.digest";

const tableName = "stargz.index.json";
/** An empty gzip member whose extra field `SG` holds 16 hexadecimal digits and `STARGZ`. */
const footerBytes = 51;
/** Most tables are smaller, and come with the footer. */
const guessBytes = 64 * 1024;

/**
 * The table of an eStargz layer (containerd/stargz-snapshotter, docs/estargz.md): a tar with one file in a gzip member of its own, at the place that
 * the blob's last 51 bytes name.
 */
export async function readEstargzTable(descriptor: Descriptor, blob: BlobAccess): Promise<TableOfContents> {
  const { size, annotations } = descriptor;
  const tailStart = Math.max(0, size - guessBytes);
  const tail = await readRange(descriptor, blob, { start: tailStart, end: size });
  const start = tableOffset(tail.subarray(-footerBytes));
  const end = size - footerBytes;
  if (start === undefined || start >= end)
    throw tableError(descriptor, "the layer has no footer that names it");
  const bytes =
    start >= tailStart
      ? tail.subarray(start - tailStart, tail.length - footerBytes)
      : await readRange(descriptor, blob, { start, end });
  const json = await readTableFile(descriptor, bytes);
  checkTableDigest(descriptor, json, annotations![tocDigestAnnotation]!);
  return readTable(json, { end: start });
}

function tableOffset(footer: Uint8Array): number | undefined {
  if (footer.length !== footerBytes || footer[0] !== 0x1f || footer[1] !== 0x8b || footer[3] !== 4)
    return undefined;
  const extra = Buffer.from(footer.subarray(12, 38)).toString("latin1");
  const match = /^SG\x16\0([0-9a-f]{16})STARGZ$/.exec(extra);
  const offset = match === null ? Number.NaN : Number.parseInt(match[1]!, 16);
  return Number.isSafeInteger(offset) ? offset : undefined;
}

async function readTableFile(descriptor: Descriptor, bytes: Uint8Array): Promise<Uint8Array> {
  const tar = decompress([bytes], { maxBytes: tableTextLimitBytes + 1024 * 1024 });
  for await (const member of readTar(tar, { maxEntries: 1, maxTotalBytes: tableTextLimitBytes })) {
    if (member.path !== tableName) break;
    return await collect(member.content(), tableTextLimitBytes, "the table of contents of a layer");
  }
  throw tableError(descriptor, `it is not called ${tableName}`);
}
