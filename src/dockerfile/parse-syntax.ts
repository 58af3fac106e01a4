import { KasaneError } from "../lib/mod.ts";
import {
  ArgumentError,
  parsePairs,
  parseStringArray,
  splitQuotedWords,
  splitWords,
  takeFlags,
} from "./arguments.ts";
import { DirectiveError, type ParserDirectives, readDirectives } from "./directives.ts";
import { type Heredoc, heredocsOfLine } from "./heredoc.ts";
import { type DockerfileLimits, defaultDockerfileLimits } from "./limits.ts";
import { DockerfileSource, type SourceRange } from "./source.ts";
import type { SyntaxNode, SyntaxTree, SyntaxWarning } from "./syntax-tree.ts";
import { trim, trimStart, wordSeparator } from "./white-space.ts";

export interface ParseSyntaxOptions {
  /** What error messages call the file. */
  readonly name?: string;
  readonly limits?: Partial<DockerfileLimits>;
}

/**
 * Text → instructions with their flags, words and heredocs. Unknown instructions pass: parseInstruction() refuses them.
 * @throws KasaneError `invalid-dockerfile`, `limit-exceeded`
 */
export function parseSyntax(text: string | Uint8Array, options: ParseSyntaxOptions = {}): SyntaxTree {
  const name = options.name ?? "Dockerfile";
  const limits = { ...defaultDockerfileLimits, ...options.limits };
  const lines = physicalLines(decode(text, name, limits), name, limits);
  const source = new DockerfileSource(
    name,
    lines.map((line) => line.replace(/[\r\n]+$/, "")),
  );
  let directives: ParserDirectives;
  try {
    directives = readDirectives(source.lines);
  } catch (error) {
    if (!(error instanceof DirectiveError)) throw error;
    throw source.error({ startLine: error.line, endLine: error.line }, error.message);
  }
  return new SyntaxParser(source, lines, directives, limits).parse();
}

function decode(text: string | Uint8Array, name: string, limits: DockerfileLimits): string {
  const size = typeof text === "string" ? Buffer.byteLength(text) : text.length;
  if (size > limits.maxBytes) {
    throw new KasaneError(
      "limit-exceeded",
      `${name} is larger than the limit of ${limits.maxBytes} bytes for Dockerfiles`,
    );
  }
  // TextDecoder removes a byte order mark; what is not UTF-8 becomes U+FFFD, as it would in the image's config.
  return typeof text === "string" ? text.replace(/^\ufeff/, "") : new TextDecoder().decode(text);
}

/** Lines with their ends: heredocs keep them. */
function physicalLines(text: string, name: string, limits: DockerfileLimits): string[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  if (lines.length > limits.maxLines) {
    throw new KasaneError("limit-exceeded", `${name} has more than ${limits.maxLines} lines`);
  }
  const long = lines.findIndex((line) => line.length > limits.maxLineLength);
  if (long >= 0) {
    throw new KasaneError(
      "limit-exceeded",
      `${name}:${long + 1}: the line is longer than ${limits.maxLineLength} characters`,
    );
  }
  return lines;
}

const heredocInstructions = new Set(["add", "copy", "run"]);

class SyntaxParser {
  readonly #source: DockerfileSource;
  readonly #lines: readonly string[];
  readonly #directives: ParserDirectives;
  readonly #limits: DockerfileLimits;
  readonly #nodes: SyntaxNode[] = [];
  readonly #warnings: SyntaxWarning[] = [];
  readonly #continuation: RegExp;
  #index = 0;

  constructor(
    source: DockerfileSource,
    lines: readonly string[],
    directives: ParserDirectives,
    limits: DockerfileLimits,
  ) {
    this.#source = source;
    this.#lines = lines;
    this.#directives = directives;
    this.#limits = limits;
    // An escape character at the end of a line joins it to the next, unless an escape character stands before it.
    this.#continuation = directives.escape === "\\" ? /(?<!\\)\\[ \t]*$/ : /(?<!`)`[ \t]*$/;
  }

  parse(): SyntaxTree {
    let comments: string[] = [];
    while (this.#index < this.#lines.length) {
      const line = trimStart(this.#source.lines[this.#index]!);
      const startLine = this.#index + 1;
      if (line.startsWith("#")) {
        this.#index++;
        const comment = trim(line.slice(1));
        if (comment === "") comments = [];
        else comments.push(comment);
        continue;
      }
      if (line === "") {
        this.#index++;
        continue;
      }
      const logical = this.#logicalLine(line);
      this.#nodes.push(this.#node(logical, startLine, comments));
      comments = [];
      if (this.#nodes.length > this.#limits.maxInstructions) {
        throw new KasaneError(
          "limit-exceeded",
          `${this.#source.name} has more than ${this.#limits.maxInstructions} instructions`,
        );
      }
    }
    if (this.#nodes.length === 0) {
      throw new KasaneError("invalid-dockerfile", `${this.#source.name} contains no instructions`, {
        hint: "a Dockerfile begins with FROM",
        data: { file: this.#source.name },
      });
    }
    return {
      source: this.#source,
      directives: this.#directives,
      nodes: this.#nodes,
      warnings: this.#warnings,
    };
  }

  /** Joins continued lines. Comments inside go away; empty lines too, with a warning. Ends behind its last line. */
  #logicalLine(first: string): string {
    let line = first;
    let text = "";
    let hasEmpty = false;
    this.#index++;
    for (;;) {
      const match = this.#continuation.exec(line);
      if (!match) {
        text += line;
        break;
      }
      text += line.slice(0, match.index);
      for (;;) {
        const next = this.#source.lines[this.#index];
        if (next === undefined) break;
        const trimmed = trimStart(next);
        if (trimmed !== "" && !trimmed.startsWith("#")) break;
        hasEmpty ||= trimmed === "";
        this.#index++;
      }
      const next = this.#source.lines[this.#index];
      if (next === undefined) break;
      this.#index++;
      line = next;
    }
    if (hasEmpty) {
      this.#warnings.push({
        rule: "NoEmptyContinuation",
        message: `empty continuation line in: ${text}`,
        range: { startLine: this.#index, endLine: this.#index },
      });
    }
    return text;
  }

  #node(logical: string, startLine: number, comments: readonly string[]): SyntaxNode {
    const headerEnd = this.#index;
    const node = this.#instruction(logical, { startLine, endLine: headerEnd }, comments);
    const carrier = node.trigger ?? node;
    if (!heredocInstructions.has(carrier.name.toLowerCase()) || carrier.isJson) return node;
    const heredocs = this.#heredocs(logical, startLine);
    if (heredocs.length === 0) return node;
    const range = { startLine, endLine: this.#index };
    return {
      ...node,
      heredocs,
      range,
      ...(node.trigger ? { trigger: { ...node.trigger, heredocs, range } } : {}),
    };
  }

  #heredocs(logical: string, startLine: number): Heredoc[] {
    const starts = heredocsOfLine(logical);
    if (starts.length > this.#limits.maxHeredocsPerInstruction) {
      throw new KasaneError(
        "limit-exceeded",
        `${this.#source.name}:${startLine}: more than ${this.#limits.maxHeredocsPerInstruction} heredocs in one instruction`,
      );
    }
    return starts.map((start) => {
      let content = "";
      for (;;) {
        const raw = this.#lines[this.#index];
        if (raw === undefined) {
          throw this.#source.error(
            { startLine, endLine: this.#lines.length },
            `the heredoc is not closed: there is no line ${JSON.stringify(start.name)} after it`,
            { mark: `<<` },
          );
        }
        const line = this.#source.lines[this.#index++]!;
        if ((start.stripTabs ? line.replace(/^\t+/, "") : line) === start.name) break;
        content += raw;
      }
      return { ...start, content };
    });
  }

  #instruction(line: string, range: SourceRange, comments: readonly string[]): SyntaxNode {
    const trimmed = trim(line);
    const space = wordSeparator.exec(trimmed);
    const name = space ? trimmed.slice(0, space.index) : trimmed;
    const { flags, rest } = takeFlags(space ? trimmed.slice(space.index + space[0].length) : "");
    const text = trim(rest);
    const base = { name, flags, original: line, range, comments, heredocs: [] };
    try {
      const { words = [], isJson = false, ...others } = this.#arguments(name.toLowerCase(), text, range);
      return { ...base, words, isJson, ...others };
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      throw this.#source.error(range, error.message, { hint: error.hint, mark: error.mark });
    }
  }

  #arguments(
    name: string,
    text: string,
    range: SourceRange,
  ): Partial<Pick<SyntaxNode, "words" | "isJson" | "pairs" | "trigger">> {
    switch (name) {
      case "env":
      case "label":
        return { pairs: parsePairs(text, name.toUpperCase(), this.#directives.escape) };
      case "arg":
        return { words: splitQuotedWords(text, this.#directives.escape) };
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
        return text === "" ? {} : { trigger: this.#instruction(text, range, []) };
      default:
        return {};
    }
  }
}
