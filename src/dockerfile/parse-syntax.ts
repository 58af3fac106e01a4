import { KasaneError } from "../lib/mod.ts";
import { ArgumentError, takeFlags } from "./arguments.ts";
import { DirectiveError, type ParserDirectives, readDirectives } from "./directives.ts";
import { type Heredoc, heredocsOfLine } from "./heredoc.ts";
import { type DockerfileLimits, defaultDockerfileLimits } from "./limits.ts";
import { physicalLines } from "./physical-lines.ts";
import { DockerfileSource, type SourceRange } from "./source.ts";
import { splitArguments } from "./split-arguments.ts";
import type { SyntaxNode, SyntaxTree, SyntaxWarning } from "./syntax-tree.ts";
import { trim, trimLineEnd, trimStart, wordSeparator } from "./white-space.ts";

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
  const lines = physicalLines(text, name, limits);
  const source = new DockerfileSource(name, lines.map(trimLineEnd));
  let directives: ParserDirectives;
  try {
    directives = readDirectives(source.lines);
  } catch (error) {
    if (!(error instanceof DirectiveError)) throw error;
    throw source.error({ startLine: error.line, endLine: error.line }, error.message);
  }
  return new SyntaxParser(source, lines, directives, limits).parse();
}

const heredocInstructions = new Set(["add", "copy", "run"]);

class SyntaxParser {
  readonly #source: DockerfileSource;
  readonly #lines: readonly string[];
  readonly #directives: ParserDirectives;
  readonly #limits: DockerfileLimits;
  readonly #nodes: SyntaxNode[] = [];
  readonly #warnings: SyntaxWarning[] = [];
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
      const continued = this.#beforeContinuation(line);
      text += continued ?? line;
      if (continued === undefined) break;
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

  /** An escape character at the end of a line joins it to the next, unless another stands before it. */
  #beforeContinuation(line: string): string | undefined {
    const { escape: escapeCharacter } = this.#directives;
    let end = line.length;
    while (line[end - 1] === " " || line[end - 1] === "\t") end--;
    if (line[end - 1] !== escapeCharacter || line[end - 2] === escapeCharacter) return undefined;
    return line.slice(0, end - 1);
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
      const {
        words = [],
        isJson = false,
        ...others
      } = splitArguments(name.toLowerCase(), text, {
        escapeCharacter: this.#directives.escape,
        trigger: (line) => this.#instruction(line, range, []),
      });
      return { ...base, words, isJson, ...others };
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      throw this.#source.error(range, error.message, { hint: error.hint, mark: error.mark });
    }
  }
}
