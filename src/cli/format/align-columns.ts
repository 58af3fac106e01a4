import { visible } from "../text/visible.ts";

/** Blanks between columns. */
export const columnGap = 3;
/** Without them. */
export const leastColumnWidth = 10 - columnGap;

/**
 * Go's tabwriter as docker sets it. A tab ends a cell; what follows the last tab of a line belongs to no column. A column is as wide as its
 * widest cell in neighbouring lines that have it: a line with fewer cells ends it, and below it another begins.
 */
export function alignColumns(text: string): string {
  // Before it is measured: what a terminal must not get is spelled out, which takes room.
  const shown = visible(text);
  // Lists may have thousands of lines, and nearly all of them nothing but ASCII, where a cell is as wide as it is long.
  const isPlain = /^[\t\n\x20-\x7e]*$/.test(shown);
  const lines = shown.split("\n").map((line) => line.split("\t"));
  let columns = 0;
  for (const { length } of lines) columns = Math.max(columns, length - 1);
  for (let column = 0; column < columns; column++) {
    for (let from = 0; from < lines.length; ) {
      let to = from;
      let width = leastColumnWidth;
      for (; to < lines.length && lines[to]!.length - 1 > column; to++) {
        const cell = lines[to]![column]!;
        const wide = isPlain ? cell.length : Bun.stringWidth(cell);
        if (wide > width) width = wide;
      }
      let above = "";
      let padded = "".padEnd(width + columnGap);
      for (let line = from; line < to; line++) {
        const cell = lines[line]![column]!;
        if (cell !== above) {
          const hidden = isPlain ? 0 : cell.length - Bun.stringWidth(cell);
          padded = cell.padEnd(width + columnGap + hidden);
          above = cell;
        }
        lines[line]![column] = padded;
      }
      from = to + 1;
    }
  }
  return lines.map((cells) => cells.join("")).join("\n");
}
