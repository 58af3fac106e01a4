/** `# name=value` comments at the very top of a Dockerfile. */
export interface ParserDirectives {
  /** Both the continuation and the escape character. */
  readonly escape: "\\" | "`";
  /** The frontend image somebody asked for; Kasane builds with its own. */
  readonly syntax?: string;
  /** `skip=…;error=…` as it stands. */
  readonly check?: string;
}

const pattern = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S.*)$/;
const known = new Set(["syntax", "escape", "check"]);

export class DirectiveError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/**
 * Directives end at the first line that is not one; another comment, an empty line or an unknown name count. A first line `#!…` is
 * skipped; after it `escape` is an ordinary comment (as in BuildKit, whose parser sees the `#!` line as a comment).
 * @throws DirectiveError for a directive given twice or a bad escape character
 */
export function readDirectives(lines: readonly string[]): ParserDirectives {
  const found = new Map<string, string>();
  const hasShebang = lines[0]?.startsWith("#!") ?? false;
  for (let index = hasShebang ? 1 : 0; index < lines.length; index++) {
    const match = pattern.exec(lines[index]!);
    const name = match?.[1]?.toLowerCase();
    if (!match || !name || !known.has(name)) break;
    if (found.has(name)) throw new DirectiveError(index + 1, `the parser directive ${name} is given twice`);
    const value = match[2]!.trimEnd();
    if (name === "escape") {
      if (hasShebang) break;
      if (value !== "\\" && value !== "`") {
        throw new DirectiveError(
          index + 1,
          `invalid escape character ${JSON.stringify(value)}: it is \\ or \``,
        );
      }
    }
    found.set(name, value);
  }
  const syntax = found.get("syntax");
  const check = found.get("check");
  return {
    escape: (found.get("escape") as "\\" | "`" | undefined) ?? "\\",
    ...(syntax === undefined ? {} : { syntax }),
    ...(check === undefined ? {} : { check }),
  };
}
