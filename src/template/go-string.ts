/**
 * Go's strings are bytes. Here they are JavaScript strings, with every byte that is not UTF-8 as a lone surrogate U+DC80 to U+DCFF, so that
 * nothing is lost when a template cuts a character in two.
 */

const decoder = new TextDecoder("utf-8", { fatal: true });

export function toBytes(text: string): Uint8Array {
  const bytes = Buffer.from(text, "utf8");
  if (!hasLoneByte(text)) return bytes;
  const parts: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= 0xdc80 && code <= 0xdcff) parts.push(code - 0xdc00);
    else parts.push(...Buffer.from(character, "utf8"));
  }
  return Uint8Array.from(parts);
}

export function fromBytes(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return decodeLossless(bytes);
  }
}

function decodeLossless(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const length = runeLength(bytes, at);
    if (length === 0) {
      text += String.fromCharCode(0xdc00 + bytes[at]!);
      at++;
    } else {
      text += decoder.decode(bytes.subarray(at, at + length));
      at += length;
    }
  }
  return text;
}

/** Bytes of the character that begins here; 0 where there is none. */
function runeLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  const length =
    first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  try {
    decoder.decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    return 0;
  }
}

function hasLoneByte(text: string): boolean {
  return /[\ud800-\udfff]/u.test(text);
}

/** Length in bytes. */
export function byteLength(text: string): number {
  return hasLoneByte(text) ? toBytes(text).length : Buffer.byteLength(text);
}

/** Characters; a byte that is none counts as one. */
export function runeCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** `text[from:to]` in bytes. */
export function sliceBytes(text: string, from: number, to: number): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text.slice(from, to);
  return fromBytes(toBytes(text).subarray(from, to));
}

/** By bytes, which is by code points. */
export function compareGoStrings(a: string, b: string): number {
  if (a === b) return 0;
  // UTF-16 orders characters beyond U+FFFF before some below.
  if (/^[\x00-\x7f]*$/.test(a) || /^[\x00-\x7f]*$/.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(toBytes(a), toBytes(b));
}
