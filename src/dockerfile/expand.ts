import { KasaneError } from "../lib/mod.ts";
import { GlobError } from "./glob.ts";
import { maxExpandedLength, maxExpansionDepth } from "./limits.ts";
import { replacePattern, trimPrefixPattern, trimSuffixPattern } from "./shell-pattern.ts";
import { WordCollector } from "./word-collector.ts";

/** The value of a variable, or undefined where it is not set. Empty is set. */
export type VariableLookup = (name: string) => string | undefined;

export interface ExpandOptions {
  /** The Dockerfile's escape character; backslash unless said otherwise. */
  readonly escape?: "\\" | "`";
  /** Quotes stay in the result. */
  readonly keepQuotes?: boolean;
  /** Escape characters stay in the result. */
  readonly keepEscapes?: boolean;
  /** References to variables that are not set stay as they stand: for text that is shown, not used. */
  readonly keepUnset?: boolean;
  /** Quotes mean nothing: for the content of heredocs. */
  readonly plainQuotes?: boolean;
}

/**
 * One word with variables replaced and quotes removed, as the Dockerfile language has it: `$x`, `${x}`, `:-` `-` `:+` `+` `:?` `?`,
 * `#` `##` `%` `%%`, `/` `//`. Nothing is expanded in single quotes. The result is never split.
 * @throws KasaneError `invalid-dockerfile` (no line: the caller knows it), `limit-exceeded`
 */
export function expandWord(word: string, lookup: VariableLookup, options: ExpandOptions = {}): string {
  return new Expander(word, lookup, options).run().text;
}

/** expandWord(), then split at white space that was not quoted: `EXPOSE $PORTS` may name several ports. */
export function expandWords(text: string, lookup: VariableLookup, options: ExpandOptions = {}): string[] {
  return new Expander(text, lookup, options).run().words;
}

/** `$@`, `$*` and the like name parameters a Dockerfile does not have; they are never set, but they are names. */
const specialParameters = "@*#?-$!0";

class Expander {
  readonly #source: string;
  readonly #characters: readonly string[];
  readonly #lookup: VariableLookup;
  readonly #options: ExpandOptions;
  readonly #escape: string;
  #position = 0;
  #depth = 0;

  constructor(source: string, lookup: VariableLookup, options: ExpandOptions) {
    this.#source = source;
    this.#characters = [...source];
    this.#lookup = lookup;
    this.#options = options;
    this.#escape = options.escape ?? "\\";
  }

  run(): { text: string; words: string[] } {
    return this.#text(undefined, this.#options.keepEscapes ?? false);
  }

  get #next(): string | undefined {
    return this.#characters[this.#position];
  }

  #take(): string | undefined {
    return this.#characters[this.#position++];
  }

  #fail(reason: string): KasaneError {
    const shown = this.#source.length > 200 ? `${this.#source.slice(0, 200)}…` : this.#source;
    return new KasaneError("invalid-dockerfile", `cannot expand ${JSON.stringify(shown)}: ${reason}`);
  }

  /** Up to `stop` (which is eaten) or, without one, to the end. */
  #text(stop: string | undefined, keepEscapes: boolean): { text: string; words: string[] } {
    if (++this.#depth > maxExpansionDepth) {
      throw new KasaneError("limit-exceeded", `substitutions nest deeper than ${maxExpansionDepth} levels`);
    }
    let text = "";
    const words = new WordCollector();
    for (;;) {
      if (text.length > maxExpandedLength) {
        throw new KasaneError(
          "limit-exceeded",
          `a word grows beyond ${maxExpandedLength} characters when its variables are expanded`,
        );
      }
      const character = this.#next;
      if (character === undefined) {
        if (stop !== undefined) throw this.#fail(`missing ${stop}`);
        break;
      }
      if (character === stop) {
        this.#position++;
        break;
      }
      if (character === "$") {
        const value = this.#variable(keepEscapes);
        text += value;
        words.addSplitting(value);
      } else if (character === "'" && !this.#options.plainQuotes) {
        const value = this.#singleQuoted();
        text += value;
        words.addWhole(value);
      } else if (character === '"' && !this.#options.plainQuotes) {
        const value = this.#doubleQuoted(keepEscapes);
        text += value;
        words.addWhole(value);
      } else if (character === "<") {
        const value = this.#lessThan();
        text += value;
        words.addWhole(value);
      } else {
        this.#position++;
        if (character !== this.#escape) {
          text += character;
          words.addSplitting(character);
          continue;
        }
        if (keepEscapes) {
          text += character;
          words.addWhole(character);
        }
        const escaped = this.#take();
        if (escaped === undefined) continue;
        text += escaped;
        words.addWhole(escaped);
      }
    }
    this.#depth--;
    return { text, words: words.finish() };
  }

  #singleQuoted(): string {
    this.#position++;
    const end = this.#characters.indexOf("'", this.#position);
    if (end < 0) throw this.#fail("a single quote is not closed");
    const text = this.#characters.slice(this.#position, end).join("");
    this.#position = end + 1;
    return this.#options.keepQuotes ? `'${text}'` : text;
  }

  #doubleQuoted(keepEscapes: boolean): string {
    this.#position++;
    let text = "";
    for (;;) {
      const character = this.#next;
      if (character === undefined) throw this.#fail("a double quote is not closed");
      if (character === '"') {
        this.#position++;
        return this.#options.keepQuotes ? `"${text}"` : text;
      }
      if (character === "$") {
        text += this.#variable(keepEscapes);
        continue;
      }
      this.#position++;
      if (character !== this.#escape) {
        text += character;
        continue;
      }
      if (keepEscapes) text += character;
      const escaped = this.#next;
      if (escaped === undefined) continue;
      // As in a shell, the escape character is itself before anything but these.
      if (escaped === '"' || escaped === "$" || escaped === this.#escape) {
        this.#position++;
        text += escaped;
      } else text += character;
    }
  }

  /** `<<` keeps the blanks after it, so that `<< EOF` stays one word when heredocs are looked for. */
  #lessThan(): string {
    this.#position++;
    if (this.#next !== "<") return "<";
    this.#position++;
    let text = "<<";
    while (/^[ \t\r]$/.test(this.#characters[this.#position] ?? "")) text += this.#take();
    return text;
  }

  #variable(keepEscapes: boolean): string {
    this.#position++;
    if (this.#next !== "{") {
      const name = this.#name();
      if (name === "") return "$";
      return this.#lookup(name) ?? (this.#options.keepUnset ? `$${name}` : "");
    }
    this.#position++;
    const first = this.#next;
    if (first === undefined) throw this.#fail("missing }");
    if (first === "{" || first === "}" || first === ":") throw this.#fail("bad substitution");
    const name = this.#name();
    return this.#substitution(name, keepEscapes);
  }

  #name(): string {
    let name = "";
    const first = this.#next;
    if (first !== undefined && /\p{Nd}/u.test(first)) {
      while (this.#next !== undefined && /\p{Nd}/u.test(this.#next)) name += this.#take();
      return name;
    }
    if (first !== undefined && specialParameters.includes(first)) return this.#take()!;
    while (this.#next !== undefined && /[\p{L}\p{Nd}_]/u.test(this.#next)) name += this.#take();
    return name;
  }

  /** After `${name`. */
  #substitution(name: string, keepEscapes: boolean): string {
    const operator = this.#take();
    const value = this.#lookup(name);
    if (operator === undefined) throw this.#fail("missing }");
    if (operator === "}") return value ?? (this.#options.keepUnset ? `\${${name}}` : "");
    if (operator === "/") return this.#replacement(name, value);

    const emptyIsUnset = operator === ":";
    const modifier = emptyIsUnset ? this.#take() : operator;
    const shown = emptyIsUnset ? `:${modifier ?? ""}` : operator;
    const isPattern = modifier === "#" || modifier === "%";
    if (modifier === undefined || !"+-?#%".includes(modifier) || (emptyIsUnset && isPattern)) {
      throw this.#fail(`unsupported modifier ${shown} in a substitution`);
    }
    const { text } = this.#text("}", isPattern || keepEscapes);
    if (value === undefined && this.#options.keepUnset) return `\${${name}${shown}${text}}`;
    const isMissing = value === undefined || (emptyIsUnset && value === "");
    switch (modifier) {
      case "-":
        return isMissing ? text : value;
      case "+":
        return isMissing ? "" : text;
      case "?":
        if (!isMissing) return value;
        throw this.#fail(`${name}: ${text || (value === undefined ? "is not set" : "is empty")}`);
      default: {
        const which = text.startsWith(modifier) ? "longest" : "shortest";
        const pattern = which === "longest" ? text.slice(1) : text;
        const trimPattern = modifier === "#" ? trimPrefixPattern : trimSuffixPattern;
        return this.#withPattern(() => trimPattern(value ?? "", pattern, which));
      }
    }
  }

  #replacement(name: string, value: string | undefined): string {
    const which = this.#next === "/" ? "all" : "first";
    if (which === "all") this.#position++;
    const pattern = this.#text("/", true).text;
    const replacement = this.#text("}", true).text;
    if (value === undefined && this.#options.keepUnset) return `\${${name}/${pattern}/${replacement}}`;
    return this.#withPattern(() => replacePattern(value ?? "", pattern, replacement, which));
  }

  #withPattern(work: () => string): string {
    try {
      return work();
    } catch (error) {
      if (error instanceof GlobError) throw this.#fail(error.message);
      throw error;
    }
  }
}
