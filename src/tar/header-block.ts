import { KasaneError } from "../lib/mod.ts";
import type { TarEntry, TarEntryType } from "./entry.ts";
import { xattrKey } from "./extensions.ts";
import { blockSize, paddingOf } from "./header.ts";
import { encodeName } from "./name-bytes.ts";
import { formatPaxRecords, formatPaxTime } from "./pax.ts";

const typeFlags: Readonly<Record<TarEntryType, string>> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  "character-device": "3",
  "block-device": "4",
  directory: "5",
  fifo: "6",
};

/** What one ustar block holds; every field is known to fit. */
interface UstarFields {
  readonly typeFlag: string;
  readonly name: Uint8Array;
  readonly prefix: Uint8Array;
  readonly linkName: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly modifiedSeconds: number;
  readonly userName: Uint8Array;
  readonly groupName: Uint8Array;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

const maxOctal7 = 0o7777777;
const maxOctal11 = 0o77777777777;
const empty = new Uint8Array(0);
/** The name of every extended header: readers that know PAX never show it, and a fixed one keeps archives alike. */
const paxName = Buffer.from("././@PaxHeader");

/**
 * The header blocks of one entry: one ustar block, with a PAX header (two blocks or more) before it where ustar cannot hold a value.
 * @throws KasaneError `invalid-archive` for entries that no tar can hold
 */
export function encodeHeader(entry: TarEntry): Uint8Array {
  checkEntry(entry);
  const pax = new Map<string, Uint8Array>();
  const path = entry.type === "directory" && !entry.path.endsWith("/") ? `${entry.path}/` : entry.path;
  const name = fitName(path, pax);
  const block = encodeBlock({
    typeFlag: typeFlags[entry.type],
    ...name,
    linkName: fitText("linkpath", entry.linkTarget, 100, pax),
    mode: entry.mode,
    uid: fitNumber("uid", entry.uid, maxOctal7, pax),
    gid: fitNumber("gid", entry.gid, maxOctal7, pax),
    size: entry.type === "file" ? fitNumber("size", entry.sizeBytes, maxOctal11, pax) : 0,
    modifiedSeconds: fitTime(entry, pax),
    userName: fitText("uname", entry.userName, 32, pax),
    groupName: fitText("gname", entry.groupName, 32, pax),
    deviceMajor: entry.deviceMajor ?? 0,
    deviceMinor: entry.deviceMinor ?? 0,
  });
  for (const [key, value] of entry.xattrs ?? []) pax.set(xattrKey(key), value);
  if (pax.size === 0) return block;
  if (needsBinaryCharset(entry)) pax.set("hdrcharset", Buffer.from("BINARY"));
  const records = formatPaxRecords(pax);
  return Buffer.concat([
    encodeBlock({
      typeFlag: "x",
      name: paxName,
      prefix: empty,
      linkName: empty,
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: records.length,
      modifiedSeconds: 0,
      userName: empty,
      groupName: empty,
      deviceMajor: 0,
      deviceMinor: 0,
    }),
    records,
    new Uint8Array(paddingOf(records.length)),
    block,
  ]);
}

/** What is the same in every block. */
const template = Buffer.alloc(blockSize);
template.fill(0x20, 148, 156);
template.write("ustar\x0000", 257, "latin1");

function encodeBlock(fields: UstarFields): Uint8Array {
  const block = new Uint8Array(template);
  block.set(fields.name, 0);
  writeOctal(block, 100, 7, fields.mode);
  writeOctal(block, 108, 7, fields.uid);
  writeOctal(block, 116, 7, fields.gid);
  writeOctal(block, 124, 11, fields.size);
  writeOctal(block, 136, 11, fields.modifiedSeconds);
  block[156] = fields.typeFlag.charCodeAt(0);
  block.set(fields.linkName, 157);
  block.set(fields.userName, 265);
  block.set(fields.groupName, 297);
  writeOctal(block, 329, 7, fields.deviceMajor);
  writeOctal(block, 337, 7, fields.deviceMinor);
  block.set(fields.prefix, 345);
  // Only where something can stand: half of the time of a header goes into its checksum.
  let sum = sumOf(block, 0, fields.name.length) + sumOf(block, 100, 157 + fields.linkName.length);
  sum += sumOf(block, 257, 345 + fields.prefix.length);
  writeOctal(block, 148, 6, sum);
  block[154] = 0;
  return block;
}

function sumOf(block: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += block[i]!;
  return sum;
}

function writeOctal(block: Uint8Array, offset: number, digits: number, value: number): void {
  let rest = value;
  for (let i = offset + digits - 1; i >= offset; i--) {
    block[i] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

/** ustar has 100 bytes for a name, and 155 for the directories before it when it is cut at a slash. */
function fitName(path: string, pax: Map<string, Uint8Array>): Pick<UstarFields, "name" | "prefix"> {
  const bytes = encodeName(path);
  const ascii = isAscii(bytes);
  if (ascii && bytes.length <= 100) return { name: bytes, prefix: empty };
  if (ascii && bytes.length <= 256) {
    // The slash goes to neither part, and the one that ends a directory cannot be it.
    const cut = path.lastIndexOf("/", Math.min(155, path.length - 2));
    if (cut > 0 && bytes.length - cut - 1 <= 100) {
      return { name: bytes.subarray(cut + 1), prefix: bytes.subarray(0, cut) };
    }
  }
  pax.set("path", bytes);
  return { name: asciiStart(bytes, 100), prefix: empty };
}

function fitText(
  key: string,
  text: string | undefined,
  limit: number,
  pax: Map<string, Uint8Array>,
): Uint8Array {
  if (text === undefined || text === "") return empty;
  const bytes = encodeName(text);
  if (isAscii(bytes) && bytes.length <= limit) return bytes;
  pax.set(key, bytes);
  return asciiStart(bytes, limit);
}

function fitNumber(key: string, value: number, max: number, pax: Map<string, Uint8Array>): number {
  if (value <= max) return value;
  pax.set(key, Buffer.from(String(value)));
  return 0;
}

function fitTime(entry: TarEntry, pax: Map<string, Uint8Array>): number {
  const { seconds, nanoseconds } = entry.modified;
  const fits = seconds >= 0 && seconds <= maxOctal11;
  if (!fits || nanoseconds !== 0) pax.set("mtime", Buffer.from(formatPaxTime(entry.modified)));
  return fits ? seconds : 0;
}

/** Shown by readers that know no PAX: what fits, with a stand-in for every byte that is not ASCII. */
function asciiStart(bytes: Uint8Array, limit: number): Uint8Array {
  return bytes.subarray(0, limit).map((byte) => (byte < 0x80 ? byte : 0x5f));
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! >= 0x80) return false;
  return true;
}

/** PAX text is UTF-8 unless `hdrcharset` says that it is bytes (POSIX pax). */
function needsBinaryCharset(entry: TarEntry): boolean {
  return [entry.path, entry.linkTarget, entry.userName, entry.groupName].some(
    (text) => text !== undefined && !text.isWellFormed(),
  );
}

function checkEntry(entry: TarEntry): void {
  const refuse = (reason: string) =>
    new KasaneError("invalid-archive", `cannot write ${JSON.stringify(entry.path)} to a tar: ${reason}`);
  const isIn = (value: number, max: number) => Number.isSafeInteger(value) && value >= 0 && value <= max;
  if (entry.path === "") throw refuse("the path is empty");
  if (entry.type !== "directory" && entry.path.endsWith("/")) throw refuse("only directories end in a slash");
  for (const text of [entry.path, entry.linkTarget, entry.userName, entry.groupName]) {
    if (text?.includes("\0")) throw refuse("a name holds a NUL byte");
  }
  const isLink = entry.type === "symlink" || entry.type === "hardlink";
  if (isLink !== (entry.linkTarget !== undefined && entry.linkTarget !== "")) {
    throw refuse(isLink ? "the link has no target" : "only links have a target");
  }
  if (!isIn(entry.mode, 0o7777)) throw refuse(`the mode ${entry.mode} is not one`);
  if (!isIn(entry.uid, 0xffff_ffff) || !isIn(entry.gid, 0xffff_ffff))
    throw refuse("the owner is not a number");
  if (!isIn(entry.sizeBytes, Number.MAX_SAFE_INTEGER)) throw refuse("the size is not a number");
  if (entry.type !== "file" && entry.sizeBytes !== 0) throw refuse("only files have a size");
  if (!isIn(entry.deviceMajor ?? 0, maxOctal7) || !isIn(entry.deviceMinor ?? 0, maxOctal7)) {
    throw refuse("the device number does not fit");
  }
  if (!Number.isSafeInteger(entry.modified.seconds) || !isIn(entry.modified.nanoseconds, 999_999_999)) {
    throw refuse("the modification time is not a time");
  }
}
