import { KasaneError, messageOf } from "../lib/mod.ts";
import { isDigest } from "../oci/mod.ts";
import type { LayerEntry, LayerIndex } from "./entry.ts";
import { zlib } from "./node-zlib.ts";
import { checkWholeZstd } from "./zstd-frames.ts";

/** Raised when a reader of the old form would misread the new one. */
const version = 1;
/** Enough for as many entries as readTar() takes. */
const limitBytes = 2 ** 30;

const types: ReadonlySet<unknown> = new Set([
  "file",
  "directory",
  "symlink",
  "hardlink",
  "character-device",
  "block-device",
  "fifo",
  "whiteout",
  "opaque",
] satisfies LayerEntry["type"][]);

/** An entry as its JSON line has it. What is absent is 0, or not there. */
export interface EntryLine {
  readonly path: string;
  readonly type: string;
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number;
  readonly mtime: number;
  readonly mtimeNs?: number;
  readonly link?: string;
  readonly device?: readonly [number, number];
  /** Base64. */
  readonly xattrs?: Readonly<Record<string, string>>;
  readonly digest?: string;
  readonly offset?: number;
  readonly sparse?: number;
}

const fields: ReadonlySet<string> = new Set([
  "path",
  "type",
  "mode",
  "uid",
  "gid",
  "size",
  "mtime",
  "mtimeNs",
  "link",
  "device",
  "xattrs",
  "digest",
  "offset",
  "sparse",
] satisfies (keyof EntryLine)[]);

/** The form the store keeps: zstd over one JSON line for each entry, after a line with version, diffID and size. */
export function encodeLayerIndex(index: LayerIndex): Uint8Array {
  const { diffId, tarSizeBytes, entries } = index;
  const lines = [JSON.stringify({ version, diffId, tarSizeBytes, entries: entries.length })];
  for (const entry of entries) lines.push(JSON.stringify(lineOf(entry)));
  lines.push("");
  const { constants, zstdCompressSync } = zlib();
  return zstdCompressSync(lines.join("\n"), { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

/** @throws KasaneError `io` for a damaged or newer file; the index can always be made again from the blob. */
export function decodeLayerIndex(bytes: Uint8Array): LayerIndex {
  const { text, entryCount, ...whole } = readIndexText(bytes);
  const lines = text.split("\n");
  lines.pop();
  if (lines.length - 1 !== entryCount) throw unreadable(new TypeError("lines are missing"));
  return { ...whole, entries: lines.slice(1).map(entryOfLine) };
}

/** An index whose entries nobody has read yet: the first line is its head, the others are for entryOfLine(). */
export interface IndexText extends Omit<LayerIndex, "entries"> {
  readonly text: string;
  readonly entryCount: number;
}

/** @throws KasaneError `io` as decodeLayerIndex() does */
export function readIndexText(bytes: Uint8Array): IndexText {
  try {
    checkWholeZstd(bytes);
    const text = zlib().zstdDecompressSync(bytes, { maxOutputLength: limitBytes }).toString("utf8");
    if (!text.endsWith("\n")) throw new TypeError("the last line is cut");
    const head = JSON.parse(text.slice(0, text.indexOf("\n"))) as Record<string, unknown>;
    if (head.version !== version) throw new TypeError(`version ${JSON.stringify(head.version)} is not known`);
    if (typeof head.diffId !== "string" || !isDigest(head.diffId))
      throw new TypeError("the diffID is not a digest");
    return {
      text,
      diffId: head.diffId,
      tarSizeBytes: count(head.tarSizeBytes, "tarSizeBytes", 0),
      entryCount: Number(head.entries),
    };
  } catch (error) {
    throw unreadable(error);
  }
}

/** @throws KasaneError `io` */
export function entryOfLine(line: string, number: number): LayerEntry {
  try {
    return entryOf(JSON.parse(line) as EntryLine, number + 1);
  } catch (error) {
    throw unreadable(error);
  }
}

/** Where the lines of entries with a link target are. */
export function linkLines(text: string): string[] {
  return linesAt(text, positionsOf(text, ',"link":"'));
}

/** The lines of the root, and of paths that begin with one of `tops`. */
export function linesBelow(text: string, tops: Iterable<string>): string[] {
  const starts = [...tops].flatMap((top) => {
    const start = `\n{"path":${JSON.stringify(top)}`;
    return [start, `${start.slice(0, -1)}/`];
  });
  const positions = [...starts, '\n{"path":""'].flatMap((start) =>
    positionsOf(text, start).map((position) => position + 1),
  );
  return linesAt(
    text,
    positions.sort((a, b) => a - b),
  );
}

function positionsOf(text: string, words: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + words.length)) found.push(at);
  return found;
}

function linesAt(text: string, positions: readonly number[]): string[] {
  return positions.map((at) => text.slice(text.lastIndexOf("\n", at) + 1, text.indexOf("\n", at)));
}

function unreadable(error: unknown): KasaneError {
  return new KasaneError("io", `cannot read layer index: ${messageOf(error)}`, { cause: error });
}

/** An entry as its line has it. */
export function lineOf(entry: LayerEntry): EntryLine {
  return {
    path: entry.path,
    type: entry.type,
    mode: entry.mode,
    ...(entry.uid === 0 ? {} : { uid: entry.uid }),
    ...(entry.gid === 0 ? {} : { gid: entry.gid }),
    ...(entry.sizeBytes === 0 ? {} : { size: entry.sizeBytes }),
    mtime: entry.modified.seconds,
    ...(entry.modified.nanoseconds === 0 ? {} : { mtimeNs: entry.modified.nanoseconds }),
    ...(entry.linkTarget === undefined ? {} : { link: entry.linkTarget }),
    ...(entry.deviceMajor === undefined ? {} : { device: [entry.deviceMajor, entry.deviceMinor ?? 0] }),
    ...(entry.xattrs === undefined ? {} : { xattrs: encodeXattrs(entry.xattrs) }),
    ...(entry.contentDigest === undefined ? {} : { digest: entry.contentDigest }),
    ...(entry.contentOffset === undefined ? {} : { offset: entry.contentOffset }),
    ...(entry.sparseOffset === undefined ? {} : { sparse: entry.sparseOffset }),
  };
}

/** @throws TypeError */
export function entryOf(line: EntryLine, number = 0): LayerEntry {
  const wrong = (field: string) => new TypeError(`line ${number + 1}: ${field} is wrong`);
  for (const field in line) if (!fields.has(field)) throw wrong(field);
  if (typeof line.path !== "string") throw wrong("path");
  if (!types.has(line.type)) throw wrong("type");
  if (line.link !== undefined && typeof line.link !== "string") throw wrong("link");
  if (line.digest !== undefined && !(typeof line.digest === "string" && isDigest(line.digest)))
    throw wrong("digest");
  if (!Number.isSafeInteger(line.mtime)) throw wrong("mtime");
  // Property by property: spreading what may be absent takes three times as long, and a base image has thousands.
  const entry: { -readonly [Field in keyof LayerEntry]: LayerEntry[Field] } = {
    path: line.path,
    type: line.type as LayerEntry["type"],
    mode: count(line.mode, "mode", number),
    uid: line.uid === undefined ? 0 : count(line.uid, "uid", number),
    gid: line.gid === undefined ? 0 : count(line.gid, "gid", number),
    sizeBytes: line.size === undefined ? 0 : count(line.size, "size", number),
    modified: {
      seconds: line.mtime,
      nanoseconds: line.mtimeNs === undefined ? 0 : count(line.mtimeNs, "mtimeNs", number),
    },
  };
  if (line.link !== undefined) entry.linkTarget = line.link;
  if (line.device !== undefined) {
    entry.deviceMajor = count(line.device[0], "device", number);
    entry.deviceMinor = count(line.device[1], "device", number);
  }
  if (line.xattrs !== undefined) entry.xattrs = decodeXattrs(line.xattrs);
  if (line.digest !== undefined) entry.contentDigest = line.digest;
  if (line.offset !== undefined) entry.contentOffset = count(line.offset, "offset", number);
  if (line.sparse !== undefined) entry.sparseOffset = count(line.sparse, "sparse", number);
  return entry;
}

function count(value: unknown, field: string, number: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new TypeError(`line ${number + 1}: ${field} is not a number`);
}

function encodeXattrs(xattrs: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries([...xattrs].map(([key, value]) => [key, Buffer.from(value).toString("base64")]));
}

function decodeXattrs(xattrs: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(xattrs).map(([key, value]) => [key, Buffer.from(value, "base64")]));
}
