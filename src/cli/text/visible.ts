/**
 * Text as it is read. Names, labels, history and messages come from images, files and servers that may be hostile: what would
 * move a terminal's cursor, set its title, hide text or turn its direction is spelled out as JSON does it, so that JSON stays the same
 * JSON. Line ends and tabs stay. A byte of a name that is no UTF-8 (see decodeName()) is spelled as shells do, `\xe9`.
 */
export function visible(text: string): string {
  // Long lists are mostly plain: that takes one look, at the fewest limits.
  if (!unusual.test(text)) return text;
  const whole = text.isWellFormed() ? text : text.replaceAll(lone, spelledByte);
  return whole.replaceAll("\r\n", "\n").replaceAll(unsafe, spelled);
}

/** visible() on one line: a name or value with a line end in it must not look like two. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

/** visible() for what a program prints: its colours stay, and end with the text. */
export function visibleOutput(text: string): string {
  if (!text.includes("\x1b[")) return visible(text);
  const parts = text.split(colour).map((part, index) => (index % 2 === 0 ? visible(part) : part));
  return parts.length > 1 ? `${parts.join("")}\x1b[0m` : parts[0]!;
}

const unusual = /[^\t\n\x20-\x7e]/;

/** C0 without tab and newline, DEL, C1, and the controls of writing direction. */
const unsafe = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;
const lone = /(?<![\ud800-\udbff])[\udc80-\udcff]/g;
const colour = /(\x1b\[[0-9;:]{0,64}m)/;

function spelledByte(character: string): string {
  return `\\x${(character.charCodeAt(0) & 0xff).toString(16)}`;
}

function spelled(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
