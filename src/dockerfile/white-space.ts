/** Unicode's White_Space, which is what the Dockerfile language skips (JavaScript's `\s` differs in U+0085 and U+FEFF). */
const one = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;

export function isSpace(character: string): boolean {
  return one.test(character);
}

// Loops, because a regular expression anchored at the end takes quadratic time on a long run of blanks in the middle of a line.

export function trimStart(text: string): string {
  let start = 0;
  while (start < text.length && isSpace(text[start]!)) start++;
  return text.slice(start);
}

export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1]!)) end--;
  return text.slice(0, end);
}

export function trim(text: string): string {
  return trimEnd(trimStart(text));
}

/** Without carriage returns and newlines at its end. */
export function trimLineEnd(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === "\n" || line[end - 1] === "\r")) end--;
  return line.slice(0, end);
}

/** What separates words inside one logical line. */
export const wordSeparator = /[\t\v\f\r ]+/;
