import type { GoType, Template } from "../../template/mod.ts";
import type { Flag } from "../flags.ts";
import type { Terminal } from "../terminal.ts";
import { alignColumns } from "./align-columns.ts";
import { engine, orParsingError } from "./engine.ts";
import { plainTable } from "./plain-table.ts";

/**
 * What a listing command can tell of each of its rows, and how it shows them when nobody says otherwise: docker's "formatter contexts".
 *
 *   writeRows(terminal, rows, imageFormat, { format: flags.string("format"), isQuiet: flags.boolean("quiet") })
 */
export interface RowFormat<Row> {
  /** Go's name of the type, as it stands in error texts: `*formatter.imageContext`. */
  readonly typeName: string;
  /** By the name templates use. `json` prints all of them that take no argument, sorted by name. */
  readonly fields: Readonly<Record<string, Field<Row>>>;
  /** The template behind `table`, without that word: `{{.Repository}}\t{{.Tag}}`. */
  readonly table: string;
  /** What `-q` prints of a row; absent where there is no `-q`. */
  readonly quiet?: string;
  /** The template behind `raw`; absent where the command has none. */
  readonly raw?: string;
  /** Where a row stands for several lines. */
  readonly lines?: RowLines<Row>;
}

/** Lines that are alike but for one field: what they share is asked for once. */
export interface RowLines<Row> {
  readonly field: string;
  /** That field in each of a row's lines. */
  values(row: Row): readonly string[];
  /** Each line as a row of its own. */
  single(row: Row): readonly Row[];
}

export interface Field<Row> {
  /** The column's header; absent for what tables do not show. */
  readonly header?: string;
  /** It is asked for with one string: `{{.Label "version"}}`. */
  readonly takesArgument?: boolean;
  /** For people: `json` leaves it out, because it has the same elsewhere for programs. */
  readonly isForTables?: boolean;
  /** Called only for fields that a template asks for: it may be expensive. */
  value(row: Row, argument?: string): unknown;
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
 * Nothing is printed where a template fails at any of them.
 * @throws KasaneError `usage` for a template that is wrong
 */
export function writeRows<Row>(
  terminal: Pick<Terminal, "out">,
  rows: readonly Row[],
  kind: RowFormat<Row>,
  options: { format?: string | undefined; isQuiet?: boolean },
): void {
  const format = options.format ?? "table";
  if (format === "json") {
    for (const row of singleLines(rows, kind)) terminal.out(`${rowJson(kind, row)}\n`);
    return;
  }
  const text = orParsingError(() => rowsText(rows, kind, format, options.isQuiet === true), 1);
  if (text !== "") terminal.out(text);
}

function rowsText<Row>(rows: readonly Row[], kind: RowFormat<Row>, format: string, isQuiet: boolean): string {
  if (isQuiet && kind.quiet !== undefined && format === "table")
    return lines(singleLines(rows, kind), kind, kind.quiet);
  if (format.startsWith("table")) {
    const template = clean(format === "table" ? kind.table : format.slice("table".length));
    return (
      plainTable(template, kind, rows) ?? alignColumns(tableText(singleLines(rows, kind), kind, template))
    );
  }
  const template = format === "raw" && kind.raw !== undefined ? kind.raw : format;
  return lines(singleLines(rows, kind), kind, template);
}

function singleLines<Row>(rows: readonly Row[], { lines }: RowFormat<Row>): readonly Row[] {
  return lines === undefined ? rows : rows.flatMap((row) => lines.single(row));
}

/** Blanks around a template mean nothing; `\t` and `\n` may be spelled, as shells like it. */
function clean(template: string): string {
  return template
    .replace(/^ +| +$/g, "")
    .replaceAll("\\t", "\t")
    .replaceAll("\\n", "\n");
}

function lines<Row>(rows: readonly Row[], kind: RowFormat<Row>, format: string): string {
  const template = clean(format);
  const plain = columns().plainColumns(template, kind)?.rows(rows);
  if (plain) return plain.map((line) => `${line}\n`).join("");
  const compiled = new (engine().Template)(template);
  return eachRow(rows, kind, compiled);
}

/** Of templates that are not plain tables. */
function columns() {
  return require("./plain-columns.ts") as typeof import("./plain-columns.ts");
}

function tableText<Row>(rows: readonly Row[], kind: RowFormat<Row>, template: string): string {
  const plain = columns().plainColumns(template, kind, oneLine);
  const plainRows = plain?.rows(rows);
  if (plain && plainRows) return `${[plain.header, ...plainRows].join("\n")}\n`;
  const compiled = new (engine().Template)(template);
  const body = eachRow(rows, inTable(kind), compiled);
  const headers = Object.entries(kind.fields)
    .filter(([, { takesArgument }]) => !takesArgument)
    .map(([name, { header }]) => [name, header ?? name]);
  return `${compiled.executeHeader(Object.fromEntries(headers), headerType(kind))}\n${body}`;
}

function eachRow<Row>(rows: readonly Row[], kind: RowFormat<Row>, template: Template): string {
  const type = rowType(kind);
  return rows.map((row) => `${template.execute(row, { type })}\n`).join("");
}

/** Headers by field; the header of a field with an argument is the last word of that: `{{.Label "org.example.my-name"}}` is `my name`. */
function headerType<Row>({ fields }: RowFormat<Row>): GoType {
  const { goString, map, named } = engine();
  const withArgument = Object.keys(fields).filter((name) => fields[name]!.takesArgument);
  const call = (_: unknown, argument?: unknown) =>
    String(argument).split(".").at(-1)!.replaceAll(/[-_]/g, " ");
  const method = { parameters: [goString], result: goString, call };
  return named("formatter.SubHeaderContext", map(goString, goString), {
    methods: Object.fromEntries(withArgument.map((name) => [name, method])),
  });
}

/** What a row is for the template language: a pointer to a struct with a method for each field. */
function rowType<Row>(kind: RowFormat<Row>) {
  const { goAny, goString, pointer, struct } = engine();
  const methods = Object.entries(kind.fields).map(([name, field]) => [
    name,
    {
      parameters: field.takesArgument ? [goString] : [],
      result: goAny,
      call: (row: unknown, argument?: unknown) => field.value(row as Row, argument as string),
    },
  ]);
  const json = (row: unknown) => rowJson(kind, row as Row);
  return pointer(
    struct(kind.typeName.replace(/^\*/, ""), {}, { methods: Object.fromEntries(methods), json }),
  );
}

/** All that a row tells. Docker spells out here, and nowhere else, what has a meaning in HTML. */
function rowJson<Row>(kind: RowFormat<Row>, row: Row): string {
  const names = Object.keys(kind.fields).filter(
    (name) => !kind.fields[name]!.takesArgument && !kind.fields[name]!.isForTables,
  );
  const members = names.sort().map((name) => [name, kind.fields[name]!.value(row)]);
  return JSON.stringify(Object.fromEntries(members)).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The same rows for a table, where a cell is one line: what an image's author wrote must not look like another row. */
function inTable<Row>(kind: RowFormat<Row>): RowFormat<Row> {
  const fields = Object.entries(kind.fields).map(([name, field]) => [
    name,
    {
      ...field,
      value(row: Row, argument?: string) {
        const value = field.value(row, argument);
        return typeof value === "string" ? oneLine(value) : value;
      },
    },
  ]);
  return { ...kind, fields: Object.fromEntries(fields) };
}

function oneLine(text: string): string {
  return breaks.test(text) ? text.replaceAll(/[\n\t]+/g, " ") : text;
}

const breaks = /[\n\t]/;
