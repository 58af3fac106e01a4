import { KasaneError } from "../lib/mod.ts";
import { decodeName } from "./name-bytes.ts";

export const blockSize = 512;

/** The fields of one header block, before PAX and GNU extensions are applied. */
export interface RawHeader {
  readonly typeFlag: string;
  readonly name: string;
  readonly linkName: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly modifiedSeconds: number;
  readonly userName: string;
  readonly groupName: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

/** Bytes that round `size` up to whole blocks. */
export function paddingOf(size: number): number {
  const rest = size % blockSize;
  return rest === 0 ? 0 : blockSize - rest;
}

export function isZeroBlock(block: Uint8Array): boolean {
  for (let i = 0; i < block.length; i++) if (block[i] !== 0) return false;
  return true;
}

/** True when the checksum fits, summed over unsigned bytes (POSIX) or signed ones (old tars). */
export function hasValidChecksum(block: Uint8Array): boolean {
  let sum = 0;
  let high = 0;
  for (let i = 0; i < blockSize; i++) {
    const byte = block[i]!;
    sum += byte;
    if (byte >= 0x80) high++;
  }
  for (let i = 148; i < 156; i++) {
    const byte = block[i]!;
    sum += space - byte;
    if (byte >= 0x80) high--;
  }
  const stored = readOctal(block, 148, 8);
  return stored === sum || stored === sum - 256 * high;
}

/**
 * Reads v7, ustar, star and GNU headers.
 * @throws KasaneError `invalid-archive` for numbers that are none
 */
export function parseHeader(block: Uint8Array): RawHeader {
  const magic = latin1(block, 257, 265);
  const isUstar = magic.startsWith("ustar\0");
  const isGnu = magic === "ustar  \0";
  const typeFlag = String.fromCharCode(block[156]!);
  const isDevice = typeFlag === "3" || typeFlag === "4";
  let name = readText(block, 0, 100);
  if (isUstar) {
    // star keeps times where POSIX has the end of the prefix.
    const isStar = latin1(block, 508, 512) === "tar\0";
    const prefix = readText(block, 345, isStar ? 131 : 155);
    if (prefix !== "") name = `${prefix}/${name}`;
  }
  return {
    typeFlag,
    name,
    linkName: readText(block, 157, 100),
    mode: readNumber(block, 100, 8, "mode") & 0o7777,
    uid: asOwner(readNumber(block, 108, 8, "uid"), "uid"),
    gid: asOwner(readNumber(block, 116, 8, "gid"), "gid"),
    size: readNumber(block, 124, 12, "size"),
    modifiedSeconds: readNumber(block, 136, 12, "mtime"),
    userName: isUstar || isGnu ? readText(block, 265, 32) : "",
    groupName: isUstar || isGnu ? readText(block, 297, 32) : "",
    deviceMajor: isDevice ? readNumber(block, 329, 8, "device major") : 0,
    deviceMinor: isDevice ? readNumber(block, 337, 8, "device minor") : 0,
  };
}

/**
 * A numeric field: octal between blanks and NULs, or base-256 (two's complement, first bit set) as GNU and star write large
 * and negative numbers.
 * @throws KasaneError `invalid-archive`
 */
export function readNumber(block: Uint8Array, offset: number, length: number, field: string): number {
  const value = block[offset]! & 0x80 ? readBase256(block, offset, length) : readOctal(block, offset, length);
  if (!Number.isSafeInteger(value)) {
    throw new KasaneError("invalid-archive", `cannot read tar: the ${field} of a header is not a number`);
  }
  return value;
}

/** A uid or gid of Linux: 32 bits, where old tars wrote `nobody` as a negative number. */
export function asOwner(value: number, field: string): number {
  if (value >= 0 && value <= 0xffff_ffff) return value;
  if (value < 0 && value >= -0x8000_0000) return value + 0x1_0000_0000;
  throw new KasaneError("invalid-archive", `cannot read tar: ${field} ${value} does not fit into 32 bits`);
}

const space = 0x20;

function readOctal(block: Uint8Array, offset: number, length: number): number {
  const end = offset + length;
  let at = offset;
  while (at < end && (block[at] === space || block[at] === 0)) at++;
  let value = 0;
  for (; at < end; at++) {
    const byte = block[at]!;
    if (byte === 0 || byte === space) break;
    if (byte < 0x30 || byte > 0x37) return Number.NaN;
    value = value * 8 + (byte - 0x30);
  }
  return value;
}

function readBase256(block: Uint8Array, offset: number, length: number): number {
  const negative = (block[offset]! & 0x40) !== 0;
  const invert = negative ? 0xff : 0;
  // The mark itself is not part of the number.
  let value = (block[offset]! ^ invert) & 0x3f;
  for (let i = 1; i < length; i++) value = value * 256 + (block[offset + i]! ^ invert);
  return negative ? -value - 1 : value;
}

function readText(block: Uint8Array, offset: number, length: number): string {
  let end = offset;
  while (end < offset + length && block[end] !== 0) end++;
  return end === offset ? "" : decodeName(block.subarray(offset, end));
}

function latin1(block: Uint8Array, start: number, end: number): string {
  return Buffer.from(block.buffer, block.byteOffset + start, end - start).toString("latin1");
}
