/** Unicode's White_Space, which is what the Dockerfile language skips (JavaScript's `\s` differs in U+0085 and U+FEFF). */
const spaces = "\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const one = new RegExp(`^[${spaces}]$`);
const leading = new RegExp(`^[${spaces}]+`);
const trailing = new RegExp(`[${spaces}]+$`);

export function isSpace(character: string): boolean {
  return one.test(character);
}

export function trimStart(text: string): string {
  return text.replace(leading, "");
}

export function trim(text: string): string {
  return trimStart(text).replace(trailing, "");
}

/** What separates words inside one logical line. */
export const wordSeparator = /[\t\v\f\r ]+/;
