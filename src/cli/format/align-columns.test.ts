import { expect, test } from "bun:test";
import { alignColumns } from "./align-columns.ts";

test.each([
  ["a\tb\tc\n", "a         b         c\n"],
  ["0123456789\tb\n1\tc\n", "0123456789   b\n1            c\n"],
  // A line without the column ends it.
  ["0123456789\tb\nalone\n1\tc\n", "0123456789   b\nalone\n1         c\n"],
  ["a\tb\t\n", "a         b         \n"],
  ["日本語日本語\tb\n", "日本語日本語   b\n"],
  [
    "a\tb\nccccccccccc\td\te\nf\tg\th",
    "a             b\nccccccccccc   d         e\nf             g         h",
  ],
])("alignColumns(%p)", (text, expected) => {
  expect(alignColumns(text)).toBe(expected);
});
