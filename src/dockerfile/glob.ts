/**
 * Patterns as a list of tokens, matched by stepping all possible positions at once: time is pattern × text whatever the
 * pattern is, so that no `*a*a*a*b` from outside can stall a build as it would with a backtracking regular expression.
 */
export type GlobToken =
  | { readonly kind: "character"; readonly character: string }
  /** Any one character but those of `except`. */
  | { readonly kind: "any"; readonly except: string }
  /** Any number of characters but those of `except`. */
  | { readonly kind: "many"; readonly except: string }
  | {
      readonly kind: "class";
      readonly negated: boolean;
      readonly ranges: readonly (readonly [string, string])[];
    }
  /** Nothing, or anything that ends in a slash: what `**` stands for inside a path. */
  | { readonly kind: "directories" };

export class GlobError extends Error {}

/** The end offsets (in code points) at which `tokens` match a prefix of `text`, ascending. */
export function matchEnds(tokens: readonly GlobToken[], text: readonly string[], from = 0): number[] {
  const ends: number[] = [];
  let active = new Set<number>();
  // A state is 2 × token index; the odd one after a "directories" token means "inside it, waiting for a slash".
  const final = tokens.length * 2;
  const enter = (state: number, into: Set<number>): void => {
    if (into.has(state)) return;
    into.add(state);
    if (state % 2 === 1) return;
    const token = tokens[state / 2];
    if (token?.kind === "many") enter(state + 2, into);
    else if (token?.kind === "directories") {
      into.add(state + 1);
      enter(state + 2, into);
    }
  };
  enter(0, active);
  for (let position = from; ; position++) {
    if (active.has(final)) ends.push(position);
    const character = text[position];
    if (character === undefined || active.size === 0) return ends;
    const next = new Set<number>();
    for (const state of active) {
      if (state % 2 === 1) {
        next.add(state);
        if (character === "/") enter(state + 1, next);
        continue;
      }
      const token = tokens[state / 2];
      if (!token) continue;
      switch (token.kind) {
        case "character":
          if (token.character === character) enter(state + 2, next);
          break;
        case "any":
          if (!token.except.includes(character)) enter(state + 2, next);
          break;
        case "many":
          if (!token.except.includes(character)) enter(state, next);
          break;
        case "class":
          if (inClass(token, character)) enter(state + 2, next);
          break;
        case "directories":
          break;
      }
    }
    active = next;
  }
}

/** True when `tokens` match the whole of `text`. */
export function matchesWhole(tokens: readonly GlobToken[], text: string): boolean {
  const characters = [...text];
  return matchEnds(tokens, characters).at(-1) === characters.length;
}

function inClass(token: Extract<GlobToken, { kind: "class" }>, character: string): boolean {
  const code = character.codePointAt(0)!;
  const inside = token.ranges.some(
    ([low, high]) => low.codePointAt(0)! <= code && code <= high.codePointAt(0)!,
  );
  return inside !== token.negated;
}

/**
 * Reads `[…]` from `pattern` at `start` (the offset of `[`): ranges, `^` for negation, backslash escapes, as Go's path/filepath
 * has it. `next` is the offset after `]`.
 * @throws GlobError
 */
function readClass(pattern: readonly string[], start: number): { token: GlobToken; next: number } {
  let position = start + 1;
  const negated = pattern[position] === "^";
  if (negated) position++;
  const ranges: [string, string][] = [];
  const one = (): string => {
    let character = pattern[position];
    if (character === undefined || character === "-" || character === "]") {
      throw new GlobError(`bad character class in ${pattern.join("")}`);
    }
    if (character === "\\") {
      character = pattern[++position];
      if (character === undefined) throw new GlobError(`pattern ${pattern.join("")} ends in a backslash`);
    }
    position++;
    return character;
  };
  while (pattern[position] !== "]" || ranges.length === 0) {
    const low = one();
    let high = low;
    if (pattern[position] === "-") {
      position++;
      high = one();
    }
    ranges.push([low, high]);
  }
  return { token: { kind: "class", negated, ranges }, next: position + 1 };
}

/** Reads what stands at `start`, when it is no star; `next` is the offset after it. @throws GlobError */
export function readToken(pattern: readonly string[], start: number): { token: GlobToken; next: number } {
  const character = pattern[start]!;
  if (character === "?") return { token: { kind: "any", except: "/" }, next: start + 1 };
  if (character === "[") return readClass(pattern, start);
  if (character !== "\\") return { token: { kind: "character", character }, next: start + 1 };
  const escaped = pattern[start + 1];
  if (escaped === undefined) throw new GlobError(`pattern ${pattern.join("")} ends in a backslash`);
  return { token: { kind: "character", character: escaped }, next: start + 2 };
}

/**
 * Go's path/filepath.Match: `*` and `?` stop at slashes, `[…]`, backslash escapes. What COPY and ADD sources are matched by.
 * @throws GlobError
 */
export function compileFileGlob(pattern: string): readonly GlobToken[] {
  const characters = [...pattern];
  const tokens: GlobToken[] = [];
  for (let position = 0; position < characters.length; ) {
    if (characters[position] === "*") {
      position++;
      if (tokens.at(-1)?.kind !== "many") tokens.push({ kind: "many", except: "/" });
    } else {
      const { token, next } = readToken(characters, position);
      tokens.push(token);
      position = next;
    }
  }
  return tokens;
}

/** True when `path` has characters that compileFileGlob() takes for more than themselves. */
export function hasWildcards(path: string): boolean {
  return /[*?[]/.test(path.replaceAll(/\\./gs, ""));
}
