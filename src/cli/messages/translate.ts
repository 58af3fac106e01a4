import { type Catalogue, matchPattern, type Pattern, parsePattern } from "./catalogue.ts";

/** Messages are put into messages at most so deep. */
const deepest = 8;

interface Rule extends Pattern {
  readonly translation: string;
  /** A word that registries have in their errors as well, and a name. */
  readonly isName: boolean;
}

/**
 * Translates finished sentences: one without holes by its text, others by the pattern with the most text of its own that fits. What comes
 * from outside stays as it is, even where it reads like a sentence of Kasane.
 */
export function translator(catalogue: Catalogue): (text: string) => string {
  const rules = Object.entries(catalogue)
    .map(([key, translation]) => ({
      ...parsePattern(key),
      translation,
      isName: /^(?:blob|manifest|tag) \{\*?\}$/.test(key),
    }))
    .filter(({ holes }) => holes.length > 0)
    .sort((a, b) => weight(b) - weight(a));
  const rulesOfLines = rules.filter(({ literals }) => literals.some((literal) => literal.includes("\n")));
  const translate = (text: string, depth: number): string => {
    if (Object.hasOwn(catalogue, text)) return catalogue[text]!;
    if (depth > deepest) return text;
    for (const rule of text.includes("\n") ? rulesOfLines : rules) {
      const values = matchPattern(rule, text);
      if (values && !(rule.isName && isForeign(values[0]!, depth))) return fill(rule, values, depth);
    }
    return partsOf(text, depth) ?? text;
  };
  /** `manifest unknown` is what a server says, and no manifest of the name `unknown`. */
  const isForeign = (value: string, depth: number) =>
    /^[a-z ]+$/.test(value) && translate(value, depth + 1) === value;
  /** What stands below the first line are lines of somebody's file; before a colon stands a place or what was being done. */
  const partsOf = (text: string, depth: number): string | undefined => {
    const line = text.indexOf("\n");
    if (line >= 0) return translate(text.slice(0, line), depth + 1) + text.slice(line);
    const colon = text.indexOf(": ");
    if (colon < 0) return undefined;
    return `${translate(text.slice(0, colon), depth + 1)}: ${translate(text.slice(colon + 2), depth + 1)}`;
  };
  const fill = ({ holes, translation }: Rule, values: readonly string[], depth: number) => {
    const shown = values.map((value, index) =>
      holes[index] === "text" ? translate(value, depth + 1) : value,
    );
    return translation.replaceAll(/\{(\d)\}/g, (_, number: string) => shown[Number(number) - 1] ?? "");
  };
  return (text) => translate(text, 0);
}

/** Literal text first; of two with as much, the one with fewer holes. */
function weight({ literals, holes }: Pattern): number {
  return literals.join("").length * 16 - holes.length;
}
