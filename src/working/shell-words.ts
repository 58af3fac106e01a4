import { KasaneError } from "../lib/mod.ts";

/**
 * Words as a shell splits them: by blanks, with quotes and backslashes, nothing expanded.
 * @throws KasaneError `usage` where a quote is not closed
 */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character === "\\" && quote !== "'" && index + 1 < text.length) word = (word ?? "") + text[++index];
    else if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else word = (word ?? "") + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote !== undefined) {
    throw new KasaneError("usage", `a quote is not closed in ${JSON.stringify(text)}`, {
      hint: `write another ${quote} at its end`,
      data: { exitCode: 125 },
    });
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** A list as people write it: a JSON array of strings, or undefined where it is none. */
export function jsonList(text: string): string[] | undefined {
  if (!text.trimStart().startsWith("[")) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : undefined;
  } catch {
    return undefined;
  }
}
