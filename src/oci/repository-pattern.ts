import { KasaneError } from "../lib/mod.ts";

const limitCharacters = 512;

/** Text stands for itself, a list for any one of its alternatives. */
type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "one" | "segment" | "any" }
  | { readonly kind: "either"; readonly alternatives: readonly (readonly Part[])[] };

/**
 * A test for repository names, or tags: `*` stands for any characters but a slash, `**` for any at all, `?` for one; so `team/*` are the
 * repositories right below `team`, `team/**` all below it, `**` every one. `{a,b}` is one of several. No name takes more steps than the
 * square of its length, or its length times the pattern's.
 * @throws KasaneError `usage` for a pattern that cannot be read
 */
export function namePattern(glob: string): (name: string) => boolean {
  if (glob === "**") return () => true;
  if (!/[*?{]/.test(glob)) return (name) => name === glob;
  if (glob.length > limitCharacters) throw bad(glob, `longer than ${limitCharacters} characters`);
  const parts = partsOf(glob);
  // Ten times as fast, and what each further choice multiplies is the number of its ways.
  const hasFewChoices = (glob.match(/\*\*|[*{]/g)?.length ?? 0) <= 2;
  if (!hasFewChoices) return (name) => ends(name, parts).at(-1) === name.length;
  const expression = new RegExp(`^${expressionOf(parts)}$`);
  return (name) => expression.test(name);
}

/** Braces do not nest: within a pair another `{` is text, as `}` and a comma are outside. */
function partsOf(glob: string): readonly Part[] {
  const whole: Part[] = [];
  let alternatives: Part[][] | undefined;
  let parts = whole;
  for (const [text] of glob.matchAll(/\*\*|[*?{},]|[^*?{},]+/g)) {
    if (text === "{" && alternatives === undefined) {
      parts = [];
      alternatives = [parts];
    } else if (text === "," && alternatives !== undefined) {
      parts = [];
      alternatives.push(parts);
    } else if (text === "}" && alternatives !== undefined) {
      whole.push({ kind: "either", alternatives });
      alternatives = undefined;
      parts = whole;
    } else {
      const kind = wildcards[text];
      parts.push(kind === undefined ? { kind: "text", text } : { kind });
    }
  }
  if (alternatives !== undefined) throw bad(glob, "a { has no }");
  return whole;
}

const wildcards: Readonly<Record<string, "one" | "segment" | "any">> = {
  "?": "one",
  "*": "segment",
  "**": "any",
};

function expressionOf(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      if (part.kind === "text") return RegExp.escape(part.text);
      if (part.kind === "either") return `(?:${part.alternatives.map(expressionOf).join("|")})`;
      return { one: "[^/]", segment: "[^/]*", any: "[^]*" }[part.kind];
    })
    .join("");
}

/**
 * Where the parts may end in the name, in ascending order, when they begin at one of `starts`. All places at once: trying one after the
 * other, as regular expressions do, takes a power of the name's length where there are several wildcards.
 */
function ends(name: string, parts: readonly Part[], starts: readonly number[] = [0]): readonly number[] {
  let places = starts;
  for (const part of parts) {
    if (places.length === 0) break;
    places = after(name, part, places);
  }
  return places;
}

function after(name: string, part: Part, places: readonly number[]): readonly number[] {
  const found: number[] = [];
  switch (part.kind) {
    case "text":
      for (const at of places) if (name.startsWith(part.text, at)) found.push(at + part.text.length);
      return found;
    case "one":
      for (const at of places) if (at < name.length && name[at] !== "/") found.push(at + 1);
      return found;
    case "any":
      for (let at = places[0]!; at <= name.length; at++) found.push(at);
      return found;
    case "segment": {
      let next = 0;
      for (const place of places) {
        if (place < next) continue;
        for (next = place; next <= name.length; ) {
          found.push(next);
          if (name[next++] === "/") break;
        }
      }
      return found;
    }
    case "either": {
      for (const alternative of part.alternatives) found.push(...ends(name, alternative, places));
      return [...new Set(found)].sort((one, other) => one - other);
    }
  }
}

function bad(glob: string, reason: string): KasaneError {
  return new KasaneError(
    "usage",
    `${JSON.stringify(glob.slice(0, 60))} is not a pattern of names: ${reason}`,
    {
      hint: "write a name, or one with * (within a segment), ** (across slashes) and {a,b}",
    },
  );
}
