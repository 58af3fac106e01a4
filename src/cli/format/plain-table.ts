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
  // What follows the last tab belongs to no column.
  for (const cells of columns.slice(0, -1)) pad(cells);
  let text = "";
  for (let line = 0; line <= rows.length; line++) {
    for (const cells of columns) text += cells[line]!;
    text += "\n";
  }
  return text;
}

function pad(cells: string[]): void {
  let width = leastColumnWidth;
  for (const { length } of cells) if (length > width) width = length;
  width += columnGap;
  let above: string | undefined;
  let padded = "";
  for (let line = 0; line < cells.length; line++) {
    const cell = cells[line]!;
    if (cell !== above) {
      above = cell;
      padded = cell.padEnd(width);
    }
    cells[line] = padded;
  }
}
