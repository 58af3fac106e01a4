import { type LayerEntry, layerEntryOf } from "../../layer/mod.ts";
import { KasaneError, messageOf } from "../../lib/mod.ts";
import { type Digest, isDigest } from "../../oci/mod.ts";
import type { TarEntryType, Timestamp } from "../../tar/mod.ts";
import type { TableOfContents, TocChunk } from "./toc-layer.ts";

/** As many entries as a tar may have. */
const entryLimit = 2_000_000;
const pathLimitBytes = 4096;

/**
 * An entry as eStargz and zstd:chunked write it (both stem from stargz). zstd:chunked has `endOffset`, and `chunkType` `zeros`;
 * eStargz has `innerOffset`.
 */
interface TocEntry {
  readonly name: string;
  readonly type: string;
  readonly size?: number;
  readonly modtime?: string;
  readonly linkName?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly devMajor?: number;
  readonly devMinor?: number;
  readonly xattrs?: Readonly<Record<string, string>>;
  readonly digest?: string;
  readonly offset?: number;
  readonly endOffset?: number;
  readonly innerOffset?: number;
  readonly chunkOffset?: number;
  readonly chunkSize?: number;
  readonly chunkDigest?: string;
  readonly chunkType?: string;
}

const types: Readonly<Record<string, TarEntryType>> = {
  reg: "file",
  dir: "directory",
  symlink: "symlink",
  hardlink: "hardlink",
  char: "character-device",
  block: "block-device",
  fifo: "fifo",
};

/**
 * Reads a table of contents whose digest has been checked. That somebody vouches for it does not make it possible: names, sizes and places are
 * looked at as those of a tar are.
 * @param end where the compressed files end in the blob
 * @throws KasaneError `invalid-layer`, `limit-exceeded`
 */
export function readTable(json: Uint8Array, { end }: { readonly end: number }): TableOfContents {
  const list = entriesOf(json);
  const boundaries = boundariesOf(list, end);
  const entries: LayerEntry[] = [];
  const chunks = new Map<number, TocChunk[]>();
  let open: OpenFile | undefined;
  for (const [number, item] of list.entries()) {
    if (item.type === "chunk") {
      if (open?.name !== item.name) throw wrong(item, "it is a part of no file");
      addChunk(open, item, boundaries);
      continue;
    }
    if (open) finishFile(open, chunks);
    open = undefined;
    const entry = entryOf(item, number);
    if (entry === undefined) continue;
    entries.push(entry);
    if (entry.type !== "file" || entry.sizeBytes === 0) continue;
    open = { name: item.name, item, position: number, sizeBytes: entry.sizeBytes, chunks: [], filled: 0 };
    addChunk(open, item, boundaries);
  }
  if (open) finishFile(open, chunks);
  return { entries, chunks };
}

interface OpenFile {
  readonly name: string;
  readonly item: TocEntry;
  readonly position: number;
  readonly sizeBytes: number;
  readonly chunks: TocChunk[];
  filled: number;
}

function entriesOf(json: Uint8Array): readonly TocEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(json).toString("utf8"));
  } catch (error) {
    throw new KasaneError("invalid-layer", `the layer's table of contents is no JSON: ${messageOf(error)}`);
  }
  const list = (value as { entries?: unknown } | null)?.entries;
  if (!Array.isArray(list))
    throw new KasaneError("invalid-layer", "the layer's table of contents has no entries");
  if (list.length > entryLimit) {
    throw new KasaneError(
      "limit-exceeded",
      `the layer's table of contents has more than ${entryLimit} entries`,
    );
  }
  for (const item of list) checkShape(item);
  return list;
}

const numbers = [
  "size",
  "mode",
  "uid",
  "gid",
  "devMajor",
  "devMinor",
  "offset",
  "endOffset",
  "innerOffset",
  "chunkOffset",
  "chunkSize",
] as const;
const texts = ["name", "type", "modtime", "linkName", "digest", "chunkDigest", "chunkType"] as const;

function checkShape(item: unknown): asserts item is TocEntry {
  if (typeof item !== "object" || item === null) throw wrong({ name: "" }, "it is no object");
  const fields = item as Record<string, unknown>;
  const named = { name: typeof fields.name === "string" ? fields.name : "" };
  if (typeof fields.name !== "string" || typeof fields.type !== "string")
    throw wrong(named, "name or type is missing");
  for (const key of numbers) {
    const value = fields[key];
    if (value !== undefined && !(Number.isSafeInteger(value) && (value as number) >= 0))
      throw wrong(named, `the field ${key} is no size`);
  }
  for (const key of texts) {
    const value = fields[key];
    if (value !== undefined && typeof value !== "string") throw wrong(named, `the field ${key} is no text`);
  }
  for (const text of [fields.name, fields.linkName]) {
    if (typeof text === "string" && Buffer.byteLength(text) > pathLimitBytes) {
      throw new KasaneError(
        "limit-exceeded",
        `a path in the layer's table of contents is longer than ${pathLimitBytes} bytes`,
      );
    }
  }
}

function entryOf(item: TocEntry, number: number): LayerEntry | undefined {
  const type = types[item.type];
  if (type === undefined) throw wrong(item, `the type ${JSON.stringify(item.type)} is not known`);
  const isDevice = type === "character-device" || type === "block-device";
  const entry = layerEntryOf({
    path: item.name,
    type,
    mode: (item.mode ?? 0) & 0o7777,
    uid: item.uid ?? 0,
    gid: item.gid ?? 0,
    sizeBytes: type === "file" ? (item.size ?? 0) : 0,
    modified: timeOf(item),
    contentOffset: number,
    isSparse: false,
    ...(item.linkName ? { linkTarget: item.linkName } : {}),
    ...(isDevice ? { deviceMajor: item.devMajor ?? 0, deviceMinor: item.devMinor ?? 0 } : {}),
    ...(item.xattrs ? { xattrs: xattrsOf(item) } : {}),
  });
  if (entry?.type !== "file") return entry;
  const contentDigest = digestOf(item, item.digest);
  if (entry.sizeBytes > 0 && contentDigest === undefined) throw wrong(item, "it has no digest");
  return contentDigest === undefined ? entry : { ...entry, contentDigest };
}

/** Where the piece that begins at an offset ends at the latest: where the next one begins. */
function boundariesOf(list: readonly TocEntry[], end: number): ReadonlyMap<number, number> {
  const starts = new Set<number>();
  for (const { offset } of list) if (offset !== undefined) starts.add(offset);
  const sorted = [...starts].sort((a, b) => a - b);
  return new Map(sorted.map((start, index) => [start, sorted[index + 1] ?? end]));
}

function addChunk(file: OpenFile, item: TocEntry, boundaries: ReadonlyMap<number, number>): void {
  const { offset = 0, chunkOffset = 0, innerOffset = 0 } = item;
  if (chunkOffset !== file.filled) throw wrong(item, "its parts do not follow each other");
  // The last part, and the only one, need not say how long it is.
  const sizeBytes = item.chunkSize || file.sizeBytes - chunkOffset;
  if (sizeBytes <= 0 || chunkOffset + sizeBytes > file.sizeBytes)
    throw wrong(item, "its parts are larger than the file");
  file.filled += sizeBytes;
  const digest = digestOf(item, item.chunkDigest);
  const isZeros = item.chunkType === "zeros";
  const end = boundaries.get(offset) ?? offset;
  if (!isZeros && end <= offset) throw wrong(item, "it lies outside the layer");
  file.chunks.push({
    sizeBytes,
    start: offset,
    end: isZeros ? offset : end,
    innerOffset,
    ...(digest === undefined ? {} : { digest }),
  });
}

function finishFile(file: OpenFile, chunks: Map<number, TocChunk[]>): void {
  if (file.filled !== file.sizeBytes) throw wrong(file.item, "its parts are smaller than the file");
  const last = file.chunks.at(-1)!;
  const { endOffset } = file.item;
  // Only the file's end is given, and what comes behind it is no content.
  if (endOffset !== undefined && endOffset > last.start && endOffset <= last.end) {
    file.chunks[file.chunks.length - 1] = { ...last, end: endOffset };
  }
  chunks.set(file.position, file.chunks);
}

function digestOf(item: TocEntry, text: string | undefined): Digest | undefined {
  if (text === undefined || text === "") return undefined;
  if (isDigest(text)) return text;
  throw wrong(item, "its digest is none");
}

function timeOf(item: TocEntry): Timestamp {
  const match = /^(.*?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(item.modtime ?? "");
  const ms = match === null ? Number.NaN : Date.parse(match[1]! + match[3]!);
  if (Number.isNaN(ms)) return { seconds: 0, nanoseconds: 0 };
  return { seconds: Math.floor(ms / 1000), nanoseconds: Number((match![2] ?? "").padEnd(9, "0")) };
}

function xattrsOf(item: TocEntry): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const [key, value] of Object.entries(item.xattrs ?? {})) {
    if (typeof value !== "string") throw wrong(item, "an xattr is no text");
    found.set(key, Buffer.from(value, "base64"));
  }
  return found;
}

function wrong(item: Pick<TocEntry, "name">, reason: string): KasaneError {
  return new KasaneError(
    "invalid-layer",
    `the layer's table of contents cannot be used: ${JSON.stringify(item.name.slice(0, 200))}: ${reason}`,
  );
}
