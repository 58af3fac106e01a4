import type { RowFormat } from "./row-format.ts";

/** A template of nothing but text and fields, filled without the template language; the outcome is the same. */
export interface PlainColumns<Row> {
  readonly header: string;
  /** Undefined where a value is one that only the template language knows how to write. */
  rows(rows: readonly Row[]): string[] | undefined;
}

const field = /\{\{ *\.([A-Za-z]\w*) *\}\}/;

/** Undefined for templates that say more, or name what there is not. */
export function plainColumns<Row>(template: string, kind: RowFormat<Row>): PlainColumns<Row> | undefined {
  // Text, name, text, name … text.
  const parts = template.split(field);
  const isPlain = parts.every((part, index) =>
    index % 2 === 0 ? !part.includes("{{") : isPlainField(kind, part),
  );
  if (!isPlain) return undefined;
  const fill = (value: (name: string) => string) =>
    parts.map((part, index) => (index % 2 === 0 ? part : value(part))).join("");
  return {
    header: fill((name) => kind.fields[name]!.header ?? name),
    rows(rows) {
      let isKnown = true;
      const text = (row: Row, name: string) => {
        const value = kind.fields[name]!.value(row);
        if (typeof value === "string") return value;
        isKnown &&= typeof value === "boolean" || Number.isSafeInteger(value);
        return String(value);
      };
      const filled = rows.map((row) => fill((name) => text(row, name)));
      return isKnown ? filled : undefined;
    },
  };
}

function isPlainField<Row>({ fields }: RowFormat<Row>, name: string): boolean {
  return Object.hasOwn(fields, name) && !fields[name]!.takesArgument;
}
