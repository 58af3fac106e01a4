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
      many = { column: columns.length, cells: [[header]], lengths: [header.length] };
      for (const row of rows) {
        const values = lines.values(row);
        let length = values[0]?.length ?? several;
        for (const value of values) {
          if (value.length > width) width = value.length;
          if (value.length !== length) length = several;
        }
        many.cells.push(values);
        many.lengths.push(length);
        cells.push(values.join(""));
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
  return written(columns, many ?? oneEach(columns[0]!));
}

interface Column {
  /** The header first. */
  readonly cells: readonly string[];
  readonly width: number;
}

/** The column that has a cell for each line; the others have one for each row. */
interface Many {
  readonly column: number;
  /** Of each row, the header's first. */
  readonly cells: (readonly string[])[];
  /** What all of them are long, or `several`. */
  readonly lengths: number[];
}

const several = -1;

/** Where a row is one line. */
function oneEach({ cells }: Column): Many {
  return { column: 0, cells: cells.map((cell) => [cell]), lengths: cells.map(({ length }) => length) };
}

function written(columns: readonly Column[], many: Many): string {
  const last = columns.length - 1;
  const { column: middle, cells, lengths } = many;
  const blanks = columns.map(({ width }, index) => blanksFor(width, index === last));
  const middleBlanks = blanks[middle]!;
  /** Of the row above, its text from each column on: neighbouring rows mostly end alike. */
  const tails: string[] = [];
  tails[last + 1] = "\n";
  let text = "";
  for (let row = 0; row < cells.length; row++) {
    let isAsAbove = row > 0;
    for (let column = last; column > middle; column--) {
      const own = columns[column]!.cells;
      const cell = own[row]!;
      if (isAsAbove && cell === own[row - 1]) continue;
      isAsAbove = false;
      tails[column] = cell + blanks[column]![cell.length]! + tails[column + 1]!;
    }
    let head = "";
    for (let column = 0; column < middle; column++) {
      const cell = columns[column]!.cells[row]!;
      head += cell + blanks[column]![cell.length]!;
    }
    const tail = tails[middle + 1]!;
    const length = lengths[row]!;
    if (length === several) {
      for (const cell of cells[row]!) text += head + cell + middleBlanks[cell.length]! + tail;
    } else {
      const end = middleBlanks[length]! + tail;
      text += head + cells[row]!.join(end + head) + end;
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
