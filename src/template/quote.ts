/** Go's quoted strings: strconv's Quote and Unquote. */
import { fromBytes, toBytes } from "./go-string.ts";

const named: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

/** What Go prints as itself: letters, marks, numbers, punctuation, symbols and the ASCII space. */
export function isPrintable(character: string): boolean {
  return character === " " || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character);
}

/** In double quotes, or in the quote that is given; `ascii` spells everything else out. */
export function quote(text: string, options: { mark?: '"' | "'"; ascii?: boolean } = {}): string {
  const mark = options.mark ?? '"';
  let quoted = "";
  for (const character of text) quoted += escaped(character, mark, options.ascii === true);
  return `${mark}${quoted}${mark}`;
}

function escaped(character: string, mark: string, ascii: boolean): string {
  const code = character.codePointAt(0)!;
  if (code >= 0xdc80 && code <= 0xdcff) return mark === "'" ? "\ufffd" : `\\x${hex(code - 0xdc00, 2)}`;
  if (character === mark) return `\\${mark}`;
  const name = named[character];
  if (name !== undefined) return name;
  if (isPrintable(character) && (!ascii || code < 0x80)) return character;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

/** Whether a raw string can hold it. */
export function canBackquote(text: string): boolean {
  return !/[\x00-\x08\x0a-\x1f\x7f`\ufeff\ud800-\udfff]/u.test(text);
}

const escapeValues: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
};

/** What a literal in its quotes (double or raw) says; undefined where Go finds its syntax invalid. */
export function unquote(literal: string): string | undefined {
  const body = literal.slice(1, -1);
  if (literal.startsWith("`")) return body.replaceAll("\r", "");
  const parts: Uint8Array[] = [];
  for (let at = 0; at < body.length; ) {
    const read = unquoteCharacter(body, at, '"');
    if (read === undefined) return undefined;
    parts.push(read.isByte ? Uint8Array.of(read.code) : toBytes(String.fromCodePoint(read.code)));
    at = read.end;
  }
  return fromBytes(Buffer.concat(parts));
}

/** One character of a literal, escaped or not. `isByte`: it was spelled as a byte and need not be a character. */
export function unquoteCharacter(
  text: string,
  at: number,
  mark: string,
): { code: number; isByte: boolean; end: number } | undefined {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (at >= text.length || character === mark || character === "\n") return undefined;
  if (character !== "\\")
    return { code: character.codePointAt(0)!, isByte: false, end: at + character.length };
  const letter = text[at + 1] ?? "";
  const simple = letter === mark ? mark.charCodeAt(0) : escapeValues[letter];
  if (simple !== undefined) return { code: simple, isByte: false, end: at + 2 };
  const octal = /^[0-7]{3}/.exec(text.slice(at + 1, at + 4))?.[0];
  if (octal !== undefined) {
    const code = Number.parseInt(octal, 8);
    return code > 255 ? undefined : { code, isByte: code >= 0x80, end: at + 4 };
  }
  const digits = { x: 2, u: 4, U: 8 }[letter];
  if (digits === undefined) return undefined;
  const spelled = text.slice(at + 2, at + 2 + digits);
  if (spelled.length < digits || !/^[0-9a-fA-F]+$/.test(spelled)) return undefined;
  const code = Number.parseInt(spelled, 16);
  const isByte = letter === "x";
  if (!isByte && (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))) return undefined;
  return { code, isByte: isByte && code >= 0x80, end: at + 2 + digits };
}
