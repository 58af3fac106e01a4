import { describe, expect, test } from "bun:test";
import { formatTable } from "./table.ts";
import { visible, visibleOutput } from "./visible.ts";

describe("visible()", () => {
  test.each([
    ["plain text, 日本語, tab\tand\nline", "plain text, 日本語, tab\tand\nline"],
    ["a title \x1b]0;pwned\x07", "a title \\u001b]0;pwned\\u0007"],
    ["the eight-bit form \x9b2J", "the eight-bit form \\u009b2J"],
    ["over\rwritten", "over\\u000dwritten"],
    ["lines of another system\r\n", "lines of another system\n"],
    ["a name in Latin-1, caf\udce9, and 𠮷\udcff", "a name in Latin-1, caf\\xe9, and 𠮷\\xff"],
    ["turned \u202etxt.exe", "turned \\u202etxt.exe"],
  ])("%j", (text, expected) => expect(visible(text)).toBe(expected));

  test("leaves JSON the same JSON", () => {
    const value = { "a\x7f\x9b": "\x1b[2J\u202e\r\n" };
    expect(JSON.parse(visible(JSON.stringify(value)))).toEqual(value);
  });
});

describe("visibleOutput()", () => {
  test.each([
    ["no escapes", "no escapes"],
    ["\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m\x1b[0m"],
    ["\x1b[31mred \x1b[2J", "\x1b[31mred \\u001b[2J\x1b[0m"],
    ["\x1b[2J\x1b]8;;http://x\x07", "\\u001b[2J\\u001b]8;;http://x\\u0007"],
  ])("%j", (text, expected) => expect(visibleOutput(text)).toBe(expected));
});

test("formatTable() keeps a row on its line, whatever a cell holds", () => {
  expect(
    formatTable([
      ["A", "B"],
      ["one\nFAKE  row", "\x1b[2J"],
    ]),
  ).toBe("A               B\none FAKE  row   \\u001b[2J\n");
});
