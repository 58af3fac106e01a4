/**
 * Translations by the English sentence. In a key `{}` stands for whatever is put in and `{*}` for what is a text of Kasane itself and is
 * translated in its turn; the translation names them `{1}`, `{2}` … in the key's order.
 */
export type Catalogue = Readonly<Record<string, string>>;

/** A key taken apart: `literals` stand around `holes`, and are one more. */
export interface Pattern {
  readonly literals: readonly string[];
  readonly holes: readonly ("data" | "text")[];
}

export function parsePattern(key: string): Pattern {
  const parts = key.split(/(\{\*?\})/);
  return {
    literals: parts.filter((_, index) => index % 2 === 0),
    holes: parts.filter((_, index) => index % 2 === 1).map((hole) => (hole === "{}" ? "data" : "text")),
  };
}

/**
 * What stands in the holes when `text` is of this pattern. Every literal is looked for once, from the left: as long as the text, whatever
 * the text is.
 */
export function matchPattern({ literals }: Pattern, text: string): string[] | undefined {
  const [first, last] = [literals[0]!, literals.at(-1)!];
  if (literals.length === 1) return text === first ? [] : undefined;
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return undefined;
  const values: string[] = [];
  let position = first.length;
  for (const literal of literals.slice(1, -1)) {
    const found = text.indexOf(literal, position);
    if (found < 0 || found + literal.length > end) return undefined;
    values.push(text.slice(position, found));
    position = found + literal.length;
  }
  values.push(text.slice(position, end));
  return values;
}
