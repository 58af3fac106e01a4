import { expect, test } from "bun:test";
import { formatDuration, parseDuration, parseGoDuration } from "./duration.ts";

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
  ["30s", 30e9],
  ["1h2m3s4ms", 3_723_004_000_000],
  ["1.5m", 90e9],
  [".5s", 5e8],
  ["0", 0],
  ["-0", 0],
  ["-1s", -1e9],
  ["", undefined],
  ["+", undefined],
  ["5", undefined],
  ["1d", undefined],
  ["1s ", undefined],
])("parseGoDuration(%j)", (text, expected) => expect(parseGoDuration(text)).toBe(expected));
