import { visible } from "./visible.ts";

/** Column output by the rules of Go's tabwriter as docker sets it: minimum width 10, padding 3, spaces; the last column is not padded. A cell is one line. */
export function formatTable(table: readonly (readonly string[])[]): string {
  const rows = table.map((row) => row.map((cell) => visible(cell).replaceAll(/[\n\t]+/g, " ")));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      if (column < row.length - 1) widths[column] = Math.max(widths[column] ?? 10, Bun.stringWidth(cell) + 3);
    }
  }
  return rows
    .map((row) => `${row.map((cell, column) => pad(cell, column, row, widths)).join("")}\n`)
    .join("");
}

function pad(cell: string, column: number, row: readonly string[], widths: readonly number[]): string {
  if (column === row.length - 1) return cell;
  return cell + " ".repeat(Math.max(0, widths[column]! - Bun.stringWidth(cell)));
}
