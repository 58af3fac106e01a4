import { type Flag, usage } from "../flags.ts";
import { formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/**
 * What a listing command can tell of each of its rows, and how it shows them when nobody says otherwise: docker's "formatter contexts".
 *
 *   writeRows(terminal, rows, imageFormat, { format: flags.string("format"), isQuiet: flags.boolean("quiet") })
 */
export interface RowFormat<Row> {
  /** Go's name of the type, as it stands in error texts: `*formatter.imageContext`. */
  readonly typeName: string;
  /** By the name templates use. `json` prints all of them, sorted by name. */
  readonly fields: Readonly<Record<string, Field<Row>>>;
  /** The template behind `table`, without that word: `{{.Repository}}\t{{.Tag}}`. */
  readonly table: string;
  /** What `-q` prints of a row; absent where there is no `-q`. */
  readonly quiet?: string;
  /** The template behind `raw`; absent where the command has none. */
  readonly raw?: string;
}

export interface Field<Row> {
  /** The column's header; absent for what tables do not show. */
  readonly header?: string;
  /** Called only for fields that a template asks for: it may be expensive. */
  value(row: Row): unknown;
}

/** `--format` of commands that list things. */
export const rowFormatFlag: Flag = {
  name: "format",
  type: "string",
  value: "FORMAT",
  help: "table, json, 'table TEMPLATE' or a Go template",
};

/**
 * Prints rows by docker's rules: `table` (the default), `table TEMPLATE`, `json` (an object on a line of its own), `raw`, or a template.
 * @throws KasaneError `usage` for a template that is wrong
 */
export function writeRows<Row>(
  terminal: Pick<Terminal, "out">,
  rows: readonly Row[],
  kind: RowFormat<Row>,
  options: { format?: string | undefined; isQuiet?: boolean },
): void {
  const format = options.format ?? "table";
  if (options.isQuiet && kind.quiet && format === "table") {
    for (const row of rows) terminal.out(`${fill(kind.quiet, kind, row)}\n`);
  } else if (format === "json") {
    for (const row of rows) terminal.out(`${JSON.stringify(everything(kind, row))}\n`);
  } else if (format === "table" || format.startsWith("table ")) {
    const columns = (format === "table" ? kind.table : format.slice("table ".length)).split(/\\t|\t/);
    terminal.out(
      formatTable([
        columns.map((column) => headerOf(column, kind)),
        ...rows.map((row) => columns.map((column) => fill(column, kind, row))),
      ]),
    );
  } else {
    for (const row of rows) terminal.out(`${fill(format, kind, row)}\n`);
  }
}

function everything<Row>(kind: RowFormat<Row>, row: Row): Record<string, unknown> {
  const names = Object.keys(kind.fields).sort();
  return Object.fromEntries(names.map((name) => [name, kind.fields[name]!.value(row)]));
}

function headerOf<Row>(template: string, kind: RowFormat<Row>): string {
  return template.replaceAll(
    /\{\{\s*\.(\w+)\s*\}\}/g,
    (_, name: string) => kind.fields[name]?.header ?? name,
  );
}

function fill<Row>(template: string, kind: RowFormat<Row>, row: Row): string {
  return template.replaceAll(/\{\{\s*\.(\w+)\s*\}\}/g, (_, name: string) => {
    const field = kind.fields[name];
    if (!field) throw usage(`template: can't evaluate field ${name} in type ${kind.typeName}`, "");
    return String(field.value(row));
  });
}
