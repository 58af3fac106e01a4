import { expect, test } from "bun:test";
import fc from "fast-check";
import { plainTable } from "./plain-table.ts";
import type { RowFormat } from "./row-format.ts";
import { writeRows } from "./row-format.ts";

type Row = readonly [string, string];

const kind: RowFormat<Row> = {
  typeName: "*formatter.rowContext",
  table: "{{.First}}\\t{{.Second}}\\t{{.First}}",
  fields: {
    First: { header: "FIRST", value: ([first]) => first },
    Second: { header: "THE SECOND COLUMN", value: ([, second]) => second },
    Count: { header: "COUNT", value: ([first]) => first.length },
    Label: { takesArgument: true, value: () => "" },
  },
};

function written(rows: readonly Row[], format: string): string {
  let text = "";
  writeRows({ out: (part) => (text += part) }, rows, kind, { format });
  return text;
}

test("plainTable() writes what the template language and alignColumns() write", () => {
  const cell = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: "grapheme", maxLength: 9 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 8 }), (rows) => {
      // The condition is true, and more than plainTable() takes.
      const [plain, general] = ["", "{{if true}}{{end}}"].map((more) =>
        written(rows, `table {{.First}}\t{{.Second}}\t{{.First}}${more}`),
      );
      expect(plain).toBe(general);
    }),
  );
});

test.each<[template: string, rows: Row[]]>([
  ["{{.First}} {{.Second}}", []],
  ["{{.First}}\t{{.Nope}}", []],
  ["{{.First}}\t{{.Label}}", []],
  ["{{.First}}\t", []],
  ["{{.Count}}", [["a", "b"]]],
  ["{{.First}}", [["two\nlines", ""]]],
  ["{{.First}}", [["日本", ""]]],
])("plainTable(%j) of %j is left to others", (template, rows) => {
  expect(plainTable(template, kind, rows)).toBeUndefined();
});
