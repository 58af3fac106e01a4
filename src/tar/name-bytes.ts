import { KasaneError } from "../lib/mod.ts";

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * File names are bytes; strings here are their UTF-8 reading. A byte that is not part of valid UTF-8 becomes the lone surrogate
 * U+DC00 + byte, as in Python's `surrogateescape` (PEP 383), so that every name survives decodeName() → encodeName() unchanged.
 * JSON keeps such strings (JSON.stringify escapes them); the string APIs of the file system do not: pass them encodeName()'s bytes.
 */
export function decodeName(bytes: Uint8Array): string {
  let ascii = true;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]! >= 0x80) {
      ascii = false;
      break;
    }
  }
  if (ascii) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return escapeInvalid(bytes);
  }
}

/**
 * The bytes of a name made by decodeName(), or of any well-formed string.
 * @throws KasaneError `invalid-archive` for lone surrogates that stand for no byte
 */
export function encodeName(name: string): Uint8Array {
  if (name.isWellFormed()) return Buffer.from(name, "utf8");
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    if ((unit & 0xf800) !== 0xd800) continue;
    const isPair = unit < 0xdc00 && (name.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    if (isPair) {
      i++;
      continue;
    }
    if (unit < 0xdc80 || unit > 0xdcff) {
      throw new KasaneError("invalid-archive", `${JSON.stringify(name)} cannot be written as a file name`, {
        hint: "it holds half of a surrogate pair",
      });
    }
    parts.push(Buffer.from(name.slice(start, i), "utf8"), Uint8Array.of(unit & 0xff));
    start = i + 1;
  }
  parts.push(Buffer.from(name.slice(start), "utf8"));
  return Buffer.concat(parts);
}

/** Order of two names by their bytes: what `LC_ALL=C sort` gives, the same on every machine. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  // UTF-16 order is byte order as long as no surrogate is involved.
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    if (left < 0xd800 && right < 0xd800) return left - right;
    return Buffer.compare(encodeName(a), encodeName(b));
  }
  return a.length - b.length;
}

const beyondSurrogates = /[\ud800-\uffff]/;

/** Sorts names in place by their bytes. Where byte order is that of the strings, as nearly always, in a fifth of the time. */
export function sortNames(names: string[]): string[] {
  return names.some((name) => beyondSurrogates.test(name)) ? names.sort(compareNames) : names.sort();
}

/** Decodes the longest valid UTF-8 sequence at each position and escapes the bytes between them. */
function escapeInvalid(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes[i]!);
    const sequence = bytes.subarray(i, i + length);
    try {
      if (length === 0 || sequence.length < length) throw new TypeError("not UTF-8");
      text += strictUtf8.decode(sequence);
      i += length;
    } catch {
      text += String.fromCharCode(0xdc00 | bytes[i]!);
      i++;
    }
  }
  return text;
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}
