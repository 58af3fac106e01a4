import { GlobError, type GlobToken, matchEnds } from "./glob.ts";

/** The pattern of `${x#p}`, `${x%p}`, `${x/p/r}`: `*` and `?` match anything but a newline; `\*`, `\?`, `\\` are themselves. */
function compileShellPattern(pattern: string): GlobToken[] {
  const characters = [...pattern];
  const tokens: GlobToken[] = [];
  for (let position = 0; position < characters.length; position++) {
    let character = characters[position]!;
    if (character === "*") tokens.push({ kind: "many", except: "\n" });
    else if (character === "?") tokens.push({ kind: "any", except: "\n" });
    else {
      if (character === "\\") {
        // `\}` and `\/` are there for ${…} alone: the backslash is no part of the pattern.
        const escaped = characters[++position];
        if (escaped === undefined || !"}/*?\\".includes(escaped)) {
          throw new GlobError(`invalid escape \\${escaped ?? ""} in pattern ${pattern}`);
        }
        character = escaped;
      }
      tokens.push({ kind: "character", character });
    }
  }
  return tokens;
}

/** `${x#p}` (shortest) and `${x##p}` (longest). @throws GlobError */
export function trimPrefixPattern(value: string, pattern: string, which: "shortest" | "longest"): string {
  const characters = [...value];
  const ends = matchEnds(compileShellPattern(pattern), characters);
  const end = which === "shortest" ? ends[0] : ends.at(-1);
  return end === undefined ? value : characters.slice(end).join("");
}

/** `${x%p}` (shortest) and `${x%%p}` (longest). @throws GlobError */
export function trimSuffixPattern(value: string, pattern: string, which: "shortest" | "longest"): string {
  const characters = [...value].reverse();
  const ends = matchEnds(compileShellPattern(pattern).reverse(), characters);
  const end = which === "shortest" ? ends[0] : ends.at(-1);
  return end === undefined ? value : characters.slice(end).reverse().join("");
}

/** `${x/p/r}` and `${x//p/r}`; the longest match at the leftmost place. @throws GlobError */
export function replacePattern(
  value: string,
  pattern: string,
  replacement: string,
  which: "first" | "all",
): string {
  const tokens = compileShellPattern(pattern);
  const characters = [...value];
  let result = "";
  let position = 0;
  while (position <= characters.length) {
    const end = matchEnds(tokens, characters, position).at(-1);
    if (end === undefined) {
      result += characters[position++] ?? "";
      continue;
    }
    result += replacement;
    if (which === "first") return result + characters.slice(end).join("");
    // An empty match replaces nothing and must still go on.
    if (end === position) result += characters[position++] ?? "";
    else {
      position = end;
      // What follows a match that reached the end is empty: no second, empty match there.
      if (position === characters.length) break;
    }
  }
  return result;
}
