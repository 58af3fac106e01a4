interface Line {
  readonly number: number;
  /** Of the content, `- ` markers of lists counted as indentation of what follows them. */
  readonly indent: number;
  readonly text: string;
  readonly isItem: boolean;
}

/**
 * The line (from 1) where the value of `path` begins: of the deepest part of it that can be found. The YAML parser knows no places, so this reads
 * indentation, and inside `{…}` and `[…]` it stays at the line where they begin.
 */
export function lineOf(text: string, path: readonly (string | number)[]): number {
  let lines = linesOf(text);
  let found = 1;
  for (const part of path) {
    const next = typeof part === "number" ? findItem(lines, part) : findKey(lines, part);
    if (next === undefined) break;
    found = next.line.number;
    lines = next.inside;
  }
  return found;
}

/** What is written after `key:` on the line where `path` begins, without quotes being read: what a number looked like to its writer. */
export function scalarAt(text: string, path: readonly (string | number)[]): string | undefined {
  const line = text.split("\n")[lineOf(text, path) - 1] ?? "";
  const last = path.at(-1);
  const written =
    typeof last === "string"
      ? new RegExp(`(?:^|[\\s"'{,-])${last.replaceAll(/[^\w-]/g, ".")}["']?\\s*:\\s+([^\\s#,{}[\\]]+)`).exec(
          line,
        )
      : /^\s*-\s+([^\s#,{}[\]]+)/.exec(line);
  return written?.[1];
}

/**
 * A key that a section has twice: of two, the YAML parser forgets the first with all that is below it. Only what is written in lines of its
 * own is looked at, not what is inside `{…}`, `[…]` and texts of several lines.
 */
export function repeatedKey(text: string): { key: string; line: number; firstLine: number } | undefined {
  return repeatedIn(linesOf(text), "");
}

function repeatedIn(lines: readonly Line[], path: string): ReturnType<typeof repeatedKey> {
  if (/^[[{|>]/.test(lines[0]?.text ?? "")) return undefined;
  const indent = lines[0]?.indent;
  const firstLines = new Map<string, number>();
  for (const [index, { number, text, ...line }] of lines.entries()) {
    if (line.indent !== indent) continue;
    const [, quoted, plain, value = ""] = line.isItem ? ["", "", ""] : (ownLineKey.exec(text) ?? []);
    const name = quoted || plain;
    if (name === undefined) continue;
    const key = path === "" || name === "" ? path + name : `${path}.${name}`;
    if (!line.isItem) {
      const firstLine = firstLines.get(name);
      if (firstLine !== undefined) return { key, line: number, firstLine };
      firstLines.set(name, number);
      if (value !== "" && !/^[#&!]/.test(value)) continue;
    }
    const repeated = repeatedIn(below(lines, index), key);
    if (repeated) return repeated;
  }
  return undefined;
}

const ownLineKey = /^(?:["']([^"']+)["']|([\w.-]+))\s*:(?:\s+(.*))?$/;

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    let rest = raw.trimStart();
    if (rest === "" || rest.startsWith("#") || rest === "---") continue;
    let indent = raw.length - rest.length;
    // `- - a` and `- key: value` put several levels on one line.
    while (rest.startsWith("- ") || rest === "-") {
      lines.push({ number: index + 1, indent, text: "", isItem: true });
      const content = rest.slice(1).trimStart();
      indent += rest.length - content.length;
      rest = content;
    }
    if (rest !== "") lines.push({ number: index + 1, indent, text: rest, isItem: false });
  }
  return lines;
}

function findKey(lines: readonly Line[], name: string): { line: Line; inside: Line[] } | undefined {
  const indent = lines[0]?.indent;
  const isKey = new RegExp(`^["']?${name.replaceAll(/[^\w-]/g, "\\$&")}["']?\\s*:(\\s|$)`, "i");
  const index = lines.findIndex((line) => !line.isItem && line.indent === indent && isKey.test(line.text));
  return index < 0 ? undefined : { line: lines[index]!, inside: below(lines, index) };
}

function findItem(lines: readonly Line[], wanted: number): { line: Line; inside: Line[] } | undefined {
  const indent = lines[0]?.indent;
  const items = [...lines.keys()].filter((index) => lines[index]!.isItem && lines[index]!.indent === indent);
  const index = items[wanted];
  return index === undefined ? undefined : { line: lines[index]!, inside: below(lines, index) };
}

/** The lines of what a key or an item holds. A list may stand at the indentation of its key. */
function below(lines: readonly Line[], index: number): Line[] {
  const { indent, isItem } = lines[index]!;
  const inside: Line[] = [];
  for (const line of lines.slice(index + 1)) {
    if (line.indent < indent || (line.indent === indent && (isItem || !line.isItem))) break;
    inside.push(line);
  }
  return inside;
}
