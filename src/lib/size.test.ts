import { expect, test } from "bun:test";
import { parseSize } from "./size.ts";

test.each([
  ["0", 0],
  ["512", 512],
  ["10GB", 1e10],
  ["10gb", 1e10],
  ["10g", 1e10],
  ["1.5 kB", 1500],
  ["4MiB", 4 * 2 ** 20],
])("parseSize(%j)", (text, bytes) => expect(parseSize(text)).toBe(bytes));

test.each(["", "B", "iB", "4 i", "-1", "1e3", "9999999999P", "4ib"])("%j is no size", (text) => {
  expect(() => parseSize(text)).toThrow("is not a size");
});
