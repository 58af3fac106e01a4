import { describe, expect, test } from "bun:test";
import { isKasaneError } from "../../lib/mod.ts";
import { type RowFormat, writeRows } from "./row-format.ts";

interface Row {
  readonly name: string;
  readonly size: number;
  readonly labels?: Record<string, string>;
}

const kind: RowFormat<Row> = {
  typeName: "*formatter.thingContext",
  fields: {
    Name: { header: "NAME", value: ({ name }) => name },
    Size: { header: "SIZE", value: ({ size }) => size },
    Labels: { value: ({ labels }) => labels ?? {} },
    Label: { takesArgument: true, value: ({ labels }, name) => labels?.[name!] ?? "" },
  },
  table: "{{.Name}}\t{{.Size}}",
  quiet: "{{.Name}}",
  raw: "name: {{.Name}}\nsize: {{.Size}}\n",
};
const rows: Row[] = [
  { name: "a", size: 1, labels: { k: "v" } },
  { name: "much-longer-than-ten", size: 20 },
];

function shown(
  format: string | undefined,
  options: { isQuiet?: boolean; rows?: readonly Row[] } = {},
): string {
  let text = "";
  const out = (each: string) => {
    text += each;
  };
  writeRows({ out }, options.rows ?? rows, kind, { format, isQuiet: options.isQuiet === true });
  return text;
}

function failure(format: string): string {
  try {
    shown(format);
  } catch (error) {
    if (isKasaneError(error, "usage")) return `${error.data.exitCode} ${error.message}`;
    throw error;
  }
  throw new Error("it did not fail");
}

describe("writeRows()", () => {
  test.each([
    [undefined, "NAME                   SIZE\na                      1\nmuch-longer-than-ten   20\n"],
    ["table", "NAME                   SIZE\na                      1\nmuch-longer-than-ten   20\n"],
    ["table {{.Size}}\\t{{upper .Name}}", "SIZE      NAME\n1         A\n20        MUCH-LONGER-THAN-TEN\n"],
    ["table {{.Size}}:{{.Name}}", "SIZE:NAME\n1:a\n20:much-longer-than-ten\n"],
    [
      "json",
      '{"Labels":{"k":"v"},"Name":"a","Size":1}\n{"Labels":{},"Name":"much-longer-than-ten","Size":20}\n',
    ],
    [
      "{{json .}}",
      '{"Labels":{"k":"v"},"Name":"a","Size":1}\n{"Labels":{},"Name":"much-longer-than-ten","Size":20}\n',
    ],
    ["raw", "name: a\nsize: 1\n\nname: much-longer-than-ten\nsize: 20\n\n"],
    ["  {{.Name}}\\n-  ", "a\n-\nmuch-longer-than-ten\n-\n"],
    ['{{.Label "k"}}|{{len .Labels}}', "v|1\n|0\n"],
    ["x", "x\nx\n"],
    ["", "\n\n"],
  ])("%p", (format, expected) => {
    expect(shown(format)).toBe(expected);
  });

  test("prints the header alone where there are no rows", () => {
    expect(shown(undefined, { rows: [] })).toBe("NAME      SIZE\n");
    expect(shown("table {{.Nope}}|{{.Name}}", { rows: [] })).toBe("<no value>|NAME\n");
    expect(shown("{{.Name}}", { rows: [] })).toBe("");
  });

  test("quiet prints its field, unless a template was asked for", () => {
    expect(shown(undefined, { isQuiet: true })).toBe("a\nmuch-longer-than-ten\n");
    expect(shown("{{.Size}}", { isQuiet: true })).toBe("1\n20\n");
  });

  test.each([
    [
      "{{.Nope}}",
      `1 template parsing error: template: :1:2: executing "" at <.Nope>: can't evaluate field Nope in type *formatter.thingContext`,
    ],
    ["table {{.Name", "1 template parsing error: template: :1: unclosed action"],
    [
      "{{.Label}}",
      `1 template parsing error: template: :1:2: executing "" at <.Label>: wrong number of args for Label: want 1 got 0`,
    ],
    [
      "{{.Name.X}}",
      `1 template parsing error: template: :1:7: executing "" at <.Name.X>: can't evaluate field X in type string`,
    ],
  ])("refuses %p", (format, expected) => {
    expect(failure(format)).toBe(expected);
  });

  test("keeps a cell on its line, and what a terminal obeys out of it", () => {
    const hostile = [{ name: "a\nfake\trow\x1b[2J", size: 1 }];
    expect(shown(undefined, { rows: hostile })).toBe(
      "NAME                  SIZE\na fake row\\u001b[2J   1\n",
    );
  });
});
