import { KasaneError } from "../lib/mod.ts";
import type { ByteCursor } from "./byte-cursor.ts";
import { blockSize, readNumber } from "./header.ts";
import { decodeName } from "./name-bytes.ts";

const newline = 0x0a;

/** A sparse file: its length with holes, and the pieces that are stored, in order. */
export interface SparseMap {
  readonly sizeBytes: number;
  readonly pieces: readonly SparsePiece[];
}

export interface SparsePiece {
  readonly offset: number;
  readonly length: number;
}

/** Reads what the old GNU format (type `S`) keeps in the header and in extension blocks behind it. */
export async function readOldGnuMap(
  block: Uint8Array,
  cursor: ByteCursor,
  maxHeaderBytes: number,
): Promise<SparseMap> {
  const sizeBytes = readNumber(block, 483, 12, "real size");
  const pieces: SparsePiece[] = [];
  let extended = addPieces(pieces, block, { start: 386, count: 4 });
  for (let read = blockSize; extended; read += blockSize) {
    if (read > maxHeaderBytes) throw tooLong(maxHeaderBytes);
    const extension = await cursor.read(blockSize);
    if (extension.length < blockSize) throw damaged("the archive ends within the map");
    extended = addPieces(pieces, extension, { start: 0, count: 21 });
  }
  return checked({ sizeBytes, pieces });
}

/** PAX formats 0.0 and 0.1: `offset,length,offset,length…` in `GNU.sparse.map`. */
export function parseMapRecord(record: Uint8Array, sizeBytes: number): SparseMap {
  const text = decodeName(record);
  return checked({ sizeBytes, pieces: pairs(text === "" ? [] : text.split(",").map(number)) });
}

/**
 * PAX format 1.0: the map stands in front of the content, one number on each line, padded to whole blocks. Returns the bytes it
 * took as well.
 */
export async function readMapFromContent(
  cursor: ByteCursor,
  options: { sizeBytes: number; storedBytes: number; maxHeaderBytes: number },
): Promise<{ map: SparseMap; mapBytes: number }> {
  const numbers: number[] = [];
  let digits = "";
  let mapBytes = 0;
  // The first line says how many pairs follow.
  for (let wanted = 1; numbers.length < wanted; ) {
    if (mapBytes + blockSize > options.maxHeaderBytes) throw tooLong(options.maxHeaderBytes);
    if (mapBytes + blockSize > options.storedBytes) throw damaged("the map is longer than the content");
    const block = await cursor.read(blockSize);
    if (block.length < blockSize) throw damaged("the archive ends within the map");
    mapBytes += blockSize;
    for (let i = 0; i < blockSize && numbers.length < wanted; i++) {
      if (block[i] !== newline) {
        digits += String.fromCharCode(block[i]!);
        if (digits.length > 16) throw damaged("a line of the map is too long");
        continue;
      }
      numbers.push(number(digits));
      digits = "";
      if (numbers.length === 1) wanted = 1 + 2 * numbers[0]!;
    }
  }
  return { map: checked({ sizeBytes: options.sizeBytes, pieces: pairs(numbers.slice(1)) }), mapBytes };
}

/** Bytes of the archive the pieces take. */
export function storedBytesOf(map: SparseMap): number {
  let sum = 0;
  for (const piece of map.pieces) sum += piece.length;
  return sum;
}

const zeros = new Uint8Array(64 * 1024);

/** The content with its holes filled; `read` gives the next stored bytes, at most as many as asked for. */
export async function* fillHoles(
  map: SparseMap,
  read: (maxBytes: number) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const piece of map.pieces) {
    yield* hole(piece.offset - at);
    for (let left = piece.length; left > 0; ) {
      const chunk = await read(left);
      left -= chunk.length;
      yield chunk;
    }
    at = piece.offset + piece.length;
  }
  yield* hole(map.sizeBytes - at);
}

function* hole(length: number): Generator<Uint8Array> {
  for (let left = length; left > 0; left -= zeros.length)
    yield zeros.subarray(0, Math.min(left, zeros.length));
}

/** Returns whether another extension block follows. */
function addPieces(
  pieces: SparsePiece[],
  block: Uint8Array,
  table: { start: number; count: number },
): boolean {
  for (let i = 0; i < table.count; i++) {
    const at = table.start + i * 24;
    if (block[at] === 0) break;
    pieces.push({
      offset: readNumber(block, at, 12, "sparse offset"),
      length: readNumber(block, at + 12, 12, "sparse length"),
    });
  }
  return block[table.start + table.count * 24] !== 0;
}

function pairs(numbers: readonly number[]): SparsePiece[] {
  if (numbers.length % 2 !== 0) throw damaged("a length is missing");
  const pieces: SparsePiece[] = [];
  for (let i = 0; i < numbers.length; i += 2) {
    pieces.push({ offset: numbers[i]!, length: numbers[i + 1]! });
  }
  return pieces;
}

function number(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw damaged(`${JSON.stringify(text.slice(0, 40))} is not a number`);
  return value;
}

/** Pieces that overlap or run backwards would give a file of another size than the header says. */
function checked(map: SparseMap): SparseMap {
  let end = 0;
  for (const { offset, length } of map.pieces) {
    if (offset < end || length < 0 || offset + length > map.sizeBytes) {
      throw damaged("pieces overlap or lie beyond the end of the file");
    }
    end = offset + length;
  }
  return map;
}

function tooLong(limit: number): KasaneError {
  return new KasaneError("limit-exceeded", `cannot read tar: a sparse map is longer than ${limit} bytes`);
}

function damaged(reason: string): KasaneError {
  return new KasaneError("invalid-archive", `cannot read tar: sparse file: ${reason}`);
}
