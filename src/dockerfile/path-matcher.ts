import { cleanPath } from "./clean-path.ts";
import { GlobError, type GlobToken, matchesWhole, readToken } from "./glob.ts";
import { trim } from "./white-space.ts";

interface PathPattern {
  readonly isException: boolean;
  readonly matches: (path: string) => boolean;
}

/** What a directory's path matched, pattern by pattern: pass it on when its children are matched. */
export type ParentMatch = readonly boolean[];

/**
 * The rules of .dockerignore and `--exclude`, as moby's patternmatcher has them (not gitignore's): a pattern is matched against the whole path
 * and against every parent, `!` takes back, the last match wins, `*` and `?` stop at slashes, `**` does not.
 */
export class PathMatcher {
  readonly #patterns: readonly PathPattern[];
  /** False where no pattern begins with `!`: then nothing below an ignored directory can come back. */
  readonly hasExceptions: boolean;
  /** True where a pattern matches whatever there is: `*`, `**`. */
  readonly leavesNothing: boolean;
  /** Equal for matchers that match the same. */
  readonly text: string;

  /** @throws GlobError for a pattern that is none */
  constructor(patterns: readonly string[]) {
    this.#patterns = patterns
      .map(trim)
      .filter((pattern) => pattern !== "")
      .map(compile);
    this.text = JSON.stringify(patterns);
    this.leavesNothing = patterns.some((pattern) => ["*", "**", "**/*"].includes(trim(pattern)));
    this.hasExceptions = this.#patterns.some((pattern) => pattern.isException);
  }

  get isEmpty(): boolean {
    return this.#patterns.length === 0;
  }

  /** True when `path` (clean, relative, slashes) or one of its parents is matched and not taken back. */
  matches(path: string): boolean {
    let parent: ParentMatch | undefined;
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      parent = this.matchBelow(path.slice(0, slash), parent).match;
    }
    return this.matchBelow(path, parent).isMatched;
  }

  /** matches() for walks: `parent` is what its directory's call returned, and absent at the top. */
  matchBelow(path: string, parent: ParentMatch | undefined): { isMatched: boolean; match: ParentMatch } {
    let isMatched = false;
    const match = this.#patterns.map((pattern, index) => {
      // A pattern that would change nothing need not be looked at, unless the parent decided it already.
      const hit = (parent?.[index] ?? false) || (pattern.isException === isMatched && pattern.matches(path));
      if (hit) isMatched = !pattern.isException;
      return hit;
    });
    return { isMatched, match };
  }
}

function compile(text: string): PathPattern {
  let pattern = cleanPath(text);
  const isException = pattern.startsWith("!");
  if (isException) pattern = pattern.slice(1);
  if (pattern === "") throw new GlobError('"!" alone is no pattern');
  return { isException, matches: compileMatch(pattern) };
}

function compileMatch(pattern: string): (path: string) => boolean {
  const wild = pattern.replace(/^\*\*\/?/, "").replace(/\*\*$/, "");
  const isPlain = !/[*?[\]\\]/.test(wild);
  if (isPlain && wild === pattern) return (path) => path === pattern;
  if (isPlain && pattern.startsWith("**") && (pattern.length === 2 || !pattern.endsWith("**"))) {
    const end = pattern.slice(2);
    return (path) => path.endsWith(end) || (end.startsWith("/") && path === end.slice(1));
  }
  if (isPlain && !pattern.startsWith("**")) return (path) => path.startsWith(wild);
  const tokens = compileTokens(pattern);
  return (path) => matchesWhole(tokens, path);
}

function compileTokens(pattern: string): GlobToken[] {
  const characters = [...pattern];
  const tokens: GlobToken[] = [];
  for (let position = 0; position < characters.length; ) {
    if (characters[position] !== "*") {
      const { token, next } = readToken(characters, position);
      tokens.push(token);
      position = next;
    } else if (characters[position + 1] !== "*") {
      tokens.push({ kind: "many", except: "/" });
      position++;
    } else {
      position += characters[position + 2] === "/" ? 3 : 2;
      if (position >= characters.length) tokens.push({ kind: "many", except: "" });
      else tokens.push({ kind: "directories" });
    }
  }
  return tokens;
}
