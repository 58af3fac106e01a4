/** Text for HTML, JavaScript and URLs, as Go's templates write it. */
import { toBytes } from "./go-string.ts";
import { isPrintable } from "./quote.ts";

const htmlNames: Readonly<Record<string, string>> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

export function htmlEscape(text: string): string {
  return text.replaceAll(/[\0"'&<>]/g, (character) => htmlNames[character]!);
}

export function jsEscape(text: string): string {
  return text.replaceAll(/[\\'"<>&=\x00-\x1f]|[^\x00-\x7f]/gu, (character) => {
    if (character === "\\" || character === "'" || character === '"') return `\\${character}`;
    const code = character.codePointAt(0)!;
    if (code >= 0x80 && isPrintable(character)) return character;
    return `\\u${(code >= 0xdc80 && code <= 0xdcff ? 0xfffd : code).toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

export function queryEscape(text: string): string {
  let escaped = "";
  for (const byte of toBytes(text)) {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9_.~-]/.test(character)) escaped += character;
    else if (byte === 0x20) escaped += "+";
    else escaped += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}
