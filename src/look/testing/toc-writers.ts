import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { collect } from "../../lib/mod.ts";
import { digestOf } from "../../oci/mod.ts";
import { type TarInput, writeTar } from "../../tar/mod.ts";

/** A layer with a table of contents, as its writers make it. */
export interface WrittenLayer {
  readonly bytes: Uint8Array;
  readonly diffId: string;
  readonly annotations: Record<string, string>;
}

export interface TocMember {
  readonly path: string;
  readonly content?: string | Uint8Array;
  readonly to?: string;
  readonly hardLinkTo?: string;
  readonly mode?: number;
}

type Table = Record<string, unknown>[];
/** What a test may do to a table before it is written. */
export type ChangeTable = (entries: Table) => void;

const blockBytes = 512;
const modtime = "1970-01-01T00:16:40Z";

/** eStargz: every part of a file is a gzip member of its own, what lies between them others. */
export async function writeEstargz(
  members: readonly TocMember[],
  options: { chunkBytes?: number; change?: ChangeTable; digestOfTable?: (json: Uint8Array) => string } = {},
): Promise<WrittenLayer> {
  const entries: Table = [];
  const parts: Uint8Array[] = [];
  let position = 0;
  const add = (bytes: Uint8Array) => {
    const member = gzipSync(bytes);
    parts.push(member);
    position += member.length;
  };
  for (const member of members) {
    const { header, content, padding } = await tarParts(member);
    add(header);
    const own = tableEntry(member, content);
    entries.push(own);
    const size = options.chunkBytes ?? Math.max(1, content.length);
    for (let at = 0; at < content.length; at += size) {
      const chunk = content.subarray(at, at + size);
      const place = {
        offset: position,
        chunkOffset: at,
        chunkSize: chunk.length,
        chunkDigest: digestOf(chunk),
      };
      if (at === 0) Object.assign(own, place);
      else entries.push({ name: member.path, type: "chunk", ...place });
      add(chunk);
    }
    if (padding.length > 0) add(padding);
  }
  options.change?.(entries);
  const json = Buffer.from(JSON.stringify({ version: 1, entries }));
  const tableAt = position;
  const table = await tarParts({ path: "stargz.index.json", content: json });
  add(Buffer.concat([table.header, table.content, table.padding, new Uint8Array(2 * blockBytes)]));
  parts.push(footer(tableAt));
  const bytes = Buffer.concat(parts);
  return {
    bytes,
    diffId: digestOf(gunzipSync(bytes)),
    annotations: {
      "containerd.io/snapshot/stargz/toc.digest": options.digestOfTable?.(json) ?? digestOf(json),
    },
  };
}

/** An empty gzip member with the table's place in its extra field. */
function footer(tableAt: number): Uint8Array {
  const head = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 26, 0]);
  const extra = Buffer.from(`SG\x16\0${tableAt.toString(16).padStart(16, "0")}STARGZ`, "latin1");
  // A stored block of nothing, then CRC and length.
  return Buffer.concat([head, extra, Buffer.from([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0])]);
}

/** zstd:chunked: every part of a file is a frame of its own, and the table a skippable frame. */
export async function writeZstdChunked(
  members: readonly TocMember[],
  options: { chunkBytes?: number; change?: ChangeTable; prefix?: string } = {},
): Promise<WrittenLayer> {
  const entries: Table = [];
  const parts: Uint8Array[] = [];
  let position = 0;
  const add = (bytes: Uint8Array) => {
    parts.push(bytes);
    position += bytes.length;
  };
  for (const member of members) {
    const { header, content, padding } = await tarParts(member);
    add(zstdCompressSync(header));
    const own = tableEntry(member, content);
    entries.push(own);
    const size = options.chunkBytes ?? Math.max(1, content.length);
    for (let at = 0; at < content.length; at += size) {
      const chunk = content.subarray(at, at + size);
      const place = {
        offset: position,
        ...(size < content.length && {
          chunkSize: chunk.length,
          chunkOffset: at,
          chunkDigest: digestOf(chunk),
        }),
      };
      if (at === 0) Object.assign(own, place);
      else entries.push({ name: member.path, type: "chunk", ...place });
      add(zstdCompressSync(chunk));
    }
    if (content.length > 0) Object.assign(own, { endOffset: position });
    if (padding.length > 0) add(zstdCompressSync(padding));
  }
  add(zstdCompressSync(new Uint8Array(2 * blockBytes)));
  const plain = Buffer.concat(parts);
  options.change?.(entries);
  const json = Buffer.from(JSON.stringify({ version: 1, entries }));
  const table = zstdCompressSync(json);
  const prefix = options.prefix ?? "io.github.containers.zstd-chunked";
  const skippable = Buffer.alloc(8);
  skippable.writeUInt32LE(0x184d2a50, 0);
  skippable.writeUInt32LE(table.length, 4);
  return {
    bytes: Buffer.concat([plain, skippable, table]),
    diffId: digestOf(zstdDecompressSync(plain)),
    annotations: {
      [`${prefix}.manifest-checksum`]: digestOf(table),
      [`${prefix}.manifest-position`]: `${plain.length + 8}:${table.length}:${json.length}:1`,
    },
  };
}

async function tarParts(
  member: TocMember,
): Promise<{ header: Uint8Array; content: Uint8Array; padding: Uint8Array }> {
  const content = contentOf(member);
  const tar = await collect(writeTar([inputOf(member, content)]), 2 ** 28, "a tar");
  const padding = (blockBytes - (content.length % blockBytes)) % blockBytes;
  const header = tar.subarray(0, tar.length - 2 * blockBytes - padding - content.length);
  return { header, content, padding: new Uint8Array(padding) };
}

function contentOf({ content = "" }: TocMember): Uint8Array {
  return typeof content === "string" ? Buffer.from(content) : content;
}

/** A member of the tar, for layers without a table as well. */
export function inputOf(member: TocMember, content = contentOf(member)): TarInput {
  const { path, to, hardLinkTo, mode } = member;
  const type = path.endsWith("/")
    ? "directory"
    : to !== undefined
      ? "symlink"
      : hardLinkTo !== undefined
        ? "hardlink"
        : "file";
  const linkTarget = to ?? hardLinkTo;
  return {
    entry: {
      path,
      type,
      mode: mode ?? (type === "directory" ? 0o755 : 0o644),
      uid: 0,
      gid: 0,
      sizeBytes: type === "file" ? content.length : 0,
      modified: { seconds: 1000, nanoseconds: 0 },
      ...(linkTarget !== undefined && { linkTarget }),
    },
    ...(type === "file" && { content: [content] }),
  };
}

const tableTypes: Readonly<Record<string, string>> = {
  directory: "dir",
  file: "reg",
  symlink: "symlink",
  hardlink: "hardlink",
};

function tableEntry(member: TocMember, content: Uint8Array): Record<string, unknown> {
  const { entry } = inputOf(member, content);
  return {
    name: entry.path,
    type: tableTypes[entry.type],
    mode: entry.mode,
    modtime,
    ...(entry.type === "file" && { size: content.length, digest: digestOf(content) }),
    ...(entry.linkTarget !== undefined && { linkName: entry.linkTarget }),
  };
}
