import { expect, test } from "bun:test";
import { formatDuration, parseDuration, parseSize } from "./quantity.ts";

test.each([
  ["0", 0],
  ["0s", 0],
  ["250ms", 250],
  ["90s", 90_000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  ["7d", 604_800_000],
  ["2w", 1_209_600_000],
  ["168h", 604_800_000],
])("parseDuration(%j)", (text, ms) => expect(parseDuration(text)).toBe(ms));

test.each([
  [0, "0"],
  [604_800_000, "7d"],
  [5_400_000, "1h30m"],
  [90_000, "1m30s"],
  [1500, "1s500ms"],
  [0.00003, "30ns"],
])("formatDuration(%j) is %j, and reads back", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
  expect(parseDuration(text)).toBeCloseTo(ms, 9);
});

test.each([
  "",
  "5",
  "1x",
  "1h 30m",
  "-1s",
  "h",
  "1hm",
  "1e9d",
  "99999999999w",
])("%j is no duration", (text) => {
  expect(() => parseDuration(text)).toThrow("is not a length of time");
});

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
