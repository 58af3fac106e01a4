import type { Row } from "./rows.ts";

export interface Cell {
  readonly value: number;
  /** Processor time of the server, microseconds for each request. */
  readonly cost: number | undefined;
}

/** Prints the medians, and how the first column stands against the best of the others: above 1 it is ahead. */
export function printTable(table: {
  columns: readonly string[];
  rows: readonly Row[];
  cell: (column: string, row: Row) => Cell;
}): void {
  const [ours, ...others] = table.columns;
  const lines = table.rows.map((row) => {
    const cells = table.columns.map((column) => table.cell(column, row));
    const peers = others.map((column) => table.cell(column, row).value);
    const mine = table.cell(ours!, row).value;
    const ratio = row.better === "more" ? mine / Math.max(...peers) : Math.min(...peers) / mine;
    return [row.title, row.unit, ...cells.map(cellText), peers.length > 0 ? `${ratio.toFixed(2)} ×` : ""];
  });
  const head = ["", "", ...table.columns, "to the best peer"];
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column]!.length)));
  for (const line of [head, ...lines]) {
    console.log(
      line
        .map((text, column) => (column < 2 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)))
        .join("  "),
    );
  }
  console.log("In brackets: processor time of the server, microseconds for each request or image.");
}

function cellText({ value, cost }: Cell): string {
  const digits = value < 100 ? 2 : 0;
  const number = value.toLocaleString("en-US", {
    maximumFractionDigits: digits,
    minimumFractionDigits: digits,
  });
  return cost === undefined ? number : `${number} (${cost.toFixed(0)})`;
}
