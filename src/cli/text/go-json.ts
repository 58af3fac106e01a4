/** JSON as Go's encoder writes it where HTML is not escaped: other spellings of control characters, and of U+2028 and U+2029. */
export function goJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replaceAll(
    /\\[bf\\"]|[\u2028\u2029]/g,
    (found) => spellings[found] ?? found,
  );
}

/** An escaped backslash is matched as well, so that what follows it is not taken for an escape. */
const spellings: Readonly<Record<string, string>> = {
  "\\b": "\\u0008",
  "\\f": "\\u000c",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};
