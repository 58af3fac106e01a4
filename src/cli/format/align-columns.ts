import { visible } from "../visible.ts";

const leastWidth = 10;
const padding = 3;

/**
 * Go's tabwriter as docker sets it. A tab ends a cell; what follows the last tab of a line belongs to no column. A column is as wide as its
 * widest cell in neighbouring lines that have it: a line with fewer cells ends it, and below it another begins.
 */
export function alignColumns(text: string): string {
  // Before it is measured: what a terminal must not get is spelled out, which takes room.
  const lines = visible(text)
    .split("\n")
    .map((line) => line.split("\t"));
  const widths = lines.map((cells) =>
    cells.slice(0, -1).map((cell) => Math.max(leastWidth, Bun.stringWidth(cell) + padding)),
  );
  const columns = widths.reduce((most, { length }) => Math.max(most, length), 0);
  for (let column = 0; column < columns; column++) {
    for (let from = 0; from < lines.length; ) {
      let to = from;
      let width = 0;
      for (; to < lines.length && widths[to]!.length > column; to++)
        width = Math.max(width, widths[to]![column]!);
      for (let line = from; line < to; line++) widths[line]![column] = width;
      from = to + 1;
    }
  }
  return lines
    .map((cells, line) => cells.map((cell, column) => padded(cell, widths[line]![column])).join(""))
    .join("\n");
}

function padded(cell: string, width: number | undefined): string {
  return width === undefined ? cell : cell + " ".repeat(Math.max(0, width - Bun.stringWidth(cell)));
}
