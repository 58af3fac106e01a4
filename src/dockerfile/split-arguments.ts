import { ArgumentError, parsePairs, parseStringArray, splitQuotedWords, splitWords } from "./arguments.ts";
import type { SyntaxNode } from "./syntax-tree.ts";

export interface SplitOptions {
  readonly escapeCharacter: "\\" | "`";
  /** Parses what follows ONBUILD. */
  readonly trigger: (line: string) => SyntaxNode;
}

/**
 * Splits what follows an instruction's name and flags, each instruction in its own way.
 * @throws ArgumentError
 */
export function splitArguments(
  name: string,
  text: string,
  options: SplitOptions,
): Partial<Pick<SyntaxNode, "words" | "isJson" | "pairs" | "trigger">> {
  switch (name) {
    case "env":
    case "label":
      return { pairs: parsePairs(text, name.toUpperCase(), options.escapeCharacter) };
    case "arg":
      return { words: splitQuotedWords(text, options.escapeCharacter) };
    case "expose":
    case "from":
      return { words: splitWords(text) };
    case "add":
    case "copy":
    case "volume": {
      const words = parseStringArray(text);
      return words ? { words, isJson: true } : { words: splitWords(text) };
    }
    case "cmd":
    case "entrypoint":
    case "run":
    case "shell": {
      const words = parseStringArray(text);
      return words ? { words, isJson: true } : { words: text === "" ? [] : [text] };
    }
    case "healthcheck": {
      const match = /^(\S+)\s*/.exec(text);
      if (!match) return {};
      const rest = text.slice(match[0].length);
      const words = parseStringArray(rest);
      if (words) return { words: [match[1]!, ...words], isJson: true };
      return { words: rest === "" ? [match[1]!] : [match[1]!, rest] };
    }
    case "maintainer":
    case "stopsignal":
    case "user":
    case "workdir":
      return { words: text === "" ? [] : [text] };
    case "onbuild":
      if (/^onbuild(\s|$)/i.test(text)) throw new ArgumentError("ONBUILD ONBUILD is not allowed");
      return text === "" ? {} : { trigger: options.trigger(text) };
    default:
      return {};
  }
}
