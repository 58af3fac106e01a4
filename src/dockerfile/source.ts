import { KasaneError } from "../lib/mod.ts";

/** Lines of a Dockerfile, 1-based, both included. */
export interface SourceRange {
  readonly startLine: number;
  readonly endLine: number;
}

export interface SourceErrorDetails {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** Text of the first line of the range that the caret marks; the whole line where it does not occur. */
  readonly mark?: string | undefined;
}

/** The text a syntax tree was made from; knows how to point at a place in it. */
export class DockerfileSource {
  /** What messages call it: `Dockerfile`, `docker/web.Dockerfile`. */
  readonly name: string;
  readonly lines: readonly string[];

  constructor(name: string, lines: readonly string[]) {
    this.name = name;
    this.lines = lines;
  }

  /** An `invalid-dockerfile` error whose message ends in an excerpt with a caret line under what is wrong. */
  error(range: SourceRange, message: string, details: SourceErrorDetails = {}): KasaneError {
    const excerpt = this.excerpt(range, details.mark);
    return new KasaneError("invalid-dockerfile", `${this.name}:${range.startLine}: ${message}\n${excerpt}`, {
      ...(details.hint === undefined ? {} : { hint: details.hint }),
      cause: details.cause,
      data: { file: this.name, line: range.startLine, endLine: range.endLine },
    });
  }

  /** The first lines of `range` with their numbers, and a caret line under the first. */
  excerpt(range: SourceRange, mark?: string): string {
    const last = Math.min(range.endLine, range.startLine + 3, this.lines.length);
    const width = String(last).length;
    const shown: string[] = [];
    for (let number = range.startLine; number <= last; number++) {
      const text = clip(this.lines[number - 1] ?? "");
      shown.push(`  ${String(number).padStart(width)} | ${text}`);
      if (number === range.startLine) shown.push(`  ${" ".repeat(width)} | ${caretLine(text, mark)}`);
    }
    if (range.endLine > last) shown.push(`  ${" ".repeat(width)} | …`);
    return shown.join("\n");
  }
}

const maxExcerptWidth = 120;

function clip(line: string): string {
  const printable = line.replaceAll(/[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]/g, "\ufffd");
  return printable.length > maxExcerptWidth ? `${printable.slice(0, maxExcerptWidth - 1)}…` : printable;
}

/** Tabs are kept so that the carets stand below the text whatever the tab width. */
function caretLine(line: string, mark: string | undefined): string {
  let start = mark ? line.indexOf(mark) : -1;
  let length = mark?.length ?? 0;
  if (start < 0) {
    start = line.search(/\S/);
    if (start < 0) start = 0;
    length = line.trim().length;
  }
  const indent = line.slice(0, start).replaceAll(/[^\t]/g, " ");
  return indent + "^".repeat(Math.max(1, Math.min(length, line.length - start)));
}
