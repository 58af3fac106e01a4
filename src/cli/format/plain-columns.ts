import type { RowFormat } from "./row-format.ts";

/** A template of nothing but text and fields, filled without the template language; the outcome is the same. */
export interface PlainColumns<Row> {
  readonly header: string;
  /** Undefined where a value is one that only the template language knows how to write. */
  rows(rows: readonly Row[]): string[] | undefined;
}

const field = /\{\{ *\.([A-Za-z]\w*) *\}\}/;

/**
 * Undefined for templates that say more, or name what there is not. `change` is what happens to a text before it gets its place: thousands of
 * rows are filled in with as few calls as can be.
 */
export function plainColumns<Row>(
  template: string,
  kind: RowFormat<Row>,
  change: (text: string) => string = (text) => text,
): PlainColumns<Row> | undefined {
  // Text, name, text, name … text.
  const parts = template.split(field);
  const isPlain = parts.every((part, index) =>
    index % 2 === 0 ? !part.includes("{{") : isPlainField(kind, part),
  );
  if (!isPlain) return undefined;
  const first = parts[0]!;
  const columns = parts.flatMap((name, index) =>
    index % 2 === 0 ? [] : [{ name, field: kind.fields[name]!, after: parts[index + 1]! }],
  );
  return {
    header: first + columns.map((column) => (column.field.header ?? column.name) + column.after).join(""),
    rows(rows) {
      const filled: string[] = [];
      for (const row of rows) {
        let line = first;
        for (const { field, after } of columns) {
          const value = field.value(row);
          if (typeof value === "string") line += change(value) + after;
          else if (typeof value === "boolean" || Number.isSafeInteger(value)) line += String(value) + after;
          else return undefined;
        }
        filled.push(line);
      }
      return filled;
    },
  };
}

function isPlainField<Row>({ fields }: RowFormat<Row>, name: string): boolean {
  return Object.hasOwn(fields, name) && !fields[name]!.takesArgument;
}
