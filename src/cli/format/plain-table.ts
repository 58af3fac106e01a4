import { columnGap, leastColumnWidth } from "./align-columns.ts";
import type { RowFormat } from "./row-format.ts";

const field = /^\{\{ *\.([A-Za-z]\w*) *\}\}$/;

/** Cells as wide as they are long, which leave their line and column as they are. */
const plain = /^[\x20-\x7e]*$/;

/**
 * A table whose template is nothing but fields between tabs, column by column: of thousands of lines only what differs between those of one
 * row is looked at for each. The outcome is that of the template language and alignColumns(). Undefined for other templates, for those
 * without the field in which the lines of a row differ, and where a cell has more in it than printable ASCII.
 */
export function plainTable<Row>(
  template: string,
  { fields, lines }: RowFormat<Row>,
  rows: readonly Row[],
): string | undefined {
  const columns: Column[] = [];
  let many: Many | undefined;
  for (const part of template.split("\t")) {
    const name = field.exec(part)?.[1];
    const column = name !== undefined && Object.hasOwn(fields, name) ? fields[name]! : undefined;
    if (name === undefined || column === undefined || column.takesArgument) return undefined;
    const header = column.header ?? name;
    const isMany = lines?.field === name;
    if (isMany && many !== undefined) return undefined;
    const cells = [header];
    let width = Math.max(header.length, leastColumnWidth);
    if (isMany) {
      many = { column: columns.length, ends: [1] };
      for (const row of rows) {
        for (const value of lines.values(row)) {
          if (value.length > width) width = value.length;
          cells.push(value);
        }
        many.ends.push(cells.length);
      }
    } else {
      for (const row of rows) {
        const value = column.value(row);
        if (typeof value !== "string") return undefined;
        if (value.length > width) width = value.length;
        cells.push(value);
      }
    }
    if (!plain.test(cells.join(""))) return undefined;
    columns.push({ cells, width });
  }
  if (lines !== undefined && many === undefined) return undefined;
  return written(columns, rows.length + 1, many);
}

interface Column {
  /** The header first. */
  readonly cells: readonly string[];
  readonly width: number;
}

/** The column that has a cell for each line; the others have one for each row. */
interface Many {
  readonly column: number;
  /** Where the cells of each row end. */
  readonly ends: number[];
}

function written(
  columns: readonly Column[],
  rowCount: number,
  { column: middle, ends }: { readonly column: number; readonly ends?: readonly number[] } = { column: 0 },
): string {
  const last = columns.length - 1;
  const { cells } = columns[middle]!;
  const blanks = columns.map(({ width }, index) => blanksFor(width, index === last));
  /** Of the row above, its text from each column on: neighbouring rows mostly end alike. */
  const tails: string[] = [];
  tails[last + 1] = "\n";
  let text = "";
  let cell = 0;
  for (let row = 0; row < rowCount; row++) {
    let isAsAbove = row > 0;
    for (let column = last; column > middle; column--) {
      const own = columns[column]!.cells;
      const value = own[row]!;
      if (isAsAbove && value === own[row - 1]) continue;
      isAsAbove = false;
      tails[column] = value + blanks[column]![value.length]! + tails[column + 1]!;
    }
    let head = "";
    for (let column = 0; column < middle; column++) {
      const value = columns[column]!.cells[row]!;
      head += value + blanks[column]![value.length]!;
    }
    const tail = tails[middle + 1]!;
    for (const end = ends?.[row] ?? cell + 1; cell < end; cell++) {
      const own = cells[cell]!;
      text += `${head}${own}${blanks[middle]![own.length]!}${tail}`;
    }
  }
  return text;
}

/** What fills up cells of a column, by their length. What follows the last tab belongs to no column. */
function blanksFor(width: number, isLast: boolean): string[] {
  return Array.from({ length: width + 1 }, (_, length) =>
    isLast ? "" : " ".repeat(width + columnGap - length),
  );
}
