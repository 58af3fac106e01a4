import { columnGap, leastColumnWidth } from "./align-columns.ts";
import type { RowFormat } from "./row-format.ts";

const field = /^\{\{ *\.([A-Za-z]\w*) *\}\}$/;

/** Cells as wide as they are long, which leave their line and column as they are. */
const plain = /^[\x20-\x7e]*$/;

/**
 * A table whose template is nothing but fields between tabs, column by column: of thousands of rows each cell is looked at twice, once to
 * be measured and once to be written. The outcome is that of the template language and alignColumns(). Undefined for other templates, and
 * where a cell has more in it than printable ASCII.
 */
export function plainTable<Row>(
  template: string,
  { fields }: RowFormat<Row>,
  rows: readonly Row[],
): string | undefined {
  const names = template.split("\t").map((part) => field.exec(part)?.[1]);
  const columns: string[][] = [];
  for (const name of names) {
    const column = name !== undefined && Object.hasOwn(fields, name) ? fields[name]! : undefined;
    if (name === undefined || column === undefined || column.takesArgument) return undefined;
    const cells = [column.header ?? name];
    for (const row of rows) {
      const value = column.value(row);
      if (typeof value !== "string") return undefined;
      cells.push(value);
    }
    if (!plain.test(cells.join(""))) return undefined;
    columns.push(cells);
  }
  return written(columns, rows.length + 1);
}

/** From the right: neighbouring lines mostly end alike, as the names of one image do. */
function written(columns: readonly (readonly string[])[], lineCount: number): string {
  const last = columns.length - 1;
  const blanks = columns.map(blanksFor);
  /** Of the line above, its text from each column on. */
  const ends: string[] = [];
  let text = "";
  for (let line = 0; line < lineCount; line++) {
    let isAsAbove = line > 0;
    for (let column = last; column >= 0; column--) {
      const cell = columns[column]![line]!;
      if (isAsAbove && cell === columns[column]![line - 1]) continue;
      isAsAbove = false;
      // What follows the last tab belongs to no column.
      ends[column] = column === last ? `${cell}\n` : cell + blanks[column]![cell.length]! + ends[column + 1]!;
    }
    text += ends[0]!;
  }
  return text;
}

/** What fills up cells, by their length. */
function blanksFor(cells: readonly string[]): string[] {
  let width = leastColumnWidth;
  for (const { length } of cells) if (length > width) width = length;
  return Array.from({ length: width + 1 }, (_, length) => " ".repeat(width + columnGap - length));
}
