import { isSpace, trimStart, wordSeparator } from "./white-space.ts";

/** `name=value` (or, in the old form of ENV and LABEL, `name value`); quotes and variables as they stand. */
export interface RawPair {
  readonly name: string;
  readonly value: string;
  /** `""` in the old form. */
  readonly separator: "=" | "";
}

/** A fault in an instruction's arguments; whoever knows the line makes the real error of it. */
export class ArgumentError extends Error {
  readonly hint: string | undefined;
  readonly mark: string | undefined;

  constructor(message: string, details: { hint?: string | undefined; mark?: string | undefined } = {}) {
    super(message);
    this.hint = details.hint;
    this.mark = details.mark;
  }
}

/** Words between white space; quotes mean nothing. */
export function splitWords(text: string): string[] {
  return text === "" ? [] : text.split(wordSeparator);
}

/**
 * The strings of a JSON array, or undefined where `text` is not JSON and thus an ordinary argument (`["a", 'b']`).
 * @throws ArgumentError for JSON arrays of anything but strings
 */
export function parseStringArray(text: string): string[] | undefined {
  if (!trimStart(text).startsWith("[")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  if (!value.every((item) => typeof item === "string")) {
    throw new ArgumentError("the JSON form takes an array of strings only");
  }
  return value as string[];
}

/** Words between white space that is neither quoted nor escaped; quotes and escapes stay in the words. */
export function splitQuotedWords(text: string, escapeCharacter: string): string[] {
  const words: string[] = [];
  const characters = [...text];
  let word = "";
  let quote: string | undefined;
  for (let position = 0; position < characters.length; position++) {
    const character = characters[position]!;
    if (quote === undefined && isSpace(character)) {
      if (word !== "") words.push(word);
      word = "";
      continue;
    }
    if (character === escapeCharacter && quote !== "'") {
      const escaped = characters[++position];
      // An escape character at the very end stands for nothing.
      if (escaped !== undefined) word += character + escaped;
      continue;
    }
    if (quote === undefined && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = undefined;
    word += character;
  }
  if (word !== "") words.push(word);
  return words;
}

/**
 * `name=value …`, or the old `name rest of the line`; the first word decides which.
 * @throws ArgumentError
 */
export function parsePairs(text: string, instruction: string, escapeCharacter: string): RawPair[] {
  const words = splitQuotedWords(text, escapeCharacter);
  const first = words[0];
  if (first === undefined) return [];
  if (!first.includes("=")) {
    const match = wordSeparator.exec(text);
    if (!match) {
      throw new ArgumentError(`${instruction} must have two arguments`, {
        hint: `write ${instruction} ${first}=value`,
        mark: first,
      });
    }
    const value = text.slice(match.index + match[0].length);
    return [{ name: text.slice(0, match.index), value, separator: "" }];
  }
  return words.map((word) => {
    const equals = word.indexOf("=");
    if (equals < 0) {
      throw new ArgumentError(`cannot find = in ${JSON.stringify(word)}: it must be of the form name=value`, {
        hint: "put values with blanks in double quotes",
        mark: word,
      });
    }
    return { name: word.slice(0, equals), value: word.slice(equals + 1), separator: "=" as const };
  });
}

/**
 * Takes the leading `--flag` words off `text`. `--` alone ends them and goes away. Quotes and backslashes work inside a
 * flag and are removed.
 */
export function takeFlags(text: string): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let position = 0;
  for (;;) {
    while (position < text.length && isSpace(text[position]!)) position++;
    if (!text.startsWith("--", position)) return { flags, rest: text.slice(position) };
    let flag = "";
    let quote: string | undefined;
    for (; position < text.length; position++) {
      const character = text[position]!;
      if (quote === undefined && isSpace(character)) break;
      if (character === quote) quote = undefined;
      else if (quote === undefined && (character === "'" || character === '"')) quote = character;
      else if (character === "\\") flag += text[++position] ?? "";
      else flag += character;
    }
    if (flag === "--") return { flags, rest: text.slice(position) };
    flags.push(flag);
  }
}
