import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatPaxRecords, formatPaxTime, parsePaxRecords, parsePaxTime } from "./pax.ts";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

test("formatPaxRecords() counts its own digits and sorts its keys", () => {
  const records = new Map([
    ["path", bytes("x".repeat(91))],
    ["mtime", bytes("1.5")],
  ]);
  expect(Buffer.from(formatPaxRecords(records)).toString()).toBe(
    `13 mtime=1.5\n101 path=${"x".repeat(91)}\n`,
  );
});

test("parsePaxRecords() reads what formatPaxRecords() writes", () => {
  const key = fc.string({ minLength: 1 }).filter((text) => !text.includes("="));
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.uint8Array({ maxLength: 200 }))), (pairs) => {
      const records = new Map(pairs);
      expect(new Map(parsePaxRecords(formatPaxRecords(records)))).toEqual(records);
    }),
  );
});

test("parsePaxRecords() keeps the order of repeated keys", () => {
  expect(parsePaxRecords(bytes("6 a=1\n6 b=2\n6 a=3\n")).map(([key, value]) => key + value[0])).toEqual([
    "a49",
    "b50",
    "a51",
  ]);
});

test.each([
  ["no length", "path=x\n"],
  ["a length of nothing", " path=x\n"],
  ["a length beyond the end", "99 path=x\n"],
  ["a length that cuts the value", "8 path=x\n"],
  ["a length that stops before the space", "1 a=b\n"],
  ["a length that is huge", "99999999999999999999 a=b\n"],
  ["a negative length", "-6 a=b\n"],
  ["no newline", "6 a=bc"],
  ["no equals sign", "5 ab\n"],
  ["no key", "5 =b\n"],
  ["an equals sign in the next record only", "5 ab\n6 a=b\n"],
  ["padding", "6 a=b\n\0\0"],
])("parsePaxRecords() refuses %s", (_, text) => {
  expect(() => parsePaxRecords(bytes(text))).toThrow(expect.objectContaining({ code: "invalid-archive" }));
});

test.each([
  ["0", 0, 0],
  ["-0", 0, 0],
  ["1350244992.023960108", 1350244992, 23960108],
  ["1.", 1, 0],
  ["1.5", 1, 500_000_000],
  ["1.0000000009", 1, 0],
  ["-1", -1, 0],
  ["-1.5", -2, 500_000_000],
  ["-0.000000001", -1, 999_999_999],
  ["-1.0000000009", -2, 999_999_999],
])("parsePaxTime(%j)", (text, seconds, nanoseconds) => {
  expect(parsePaxTime(text)).toEqual({ seconds, nanoseconds });
});

test.each([
  "",
  ".5",
  "1e3",
  "0x10",
  "--1",
  "1,5",
  "1.5.5",
  "NaN",
  "9".repeat(16),
])("parsePaxTime(%j) is refused", (text) => {
  expect(() => parsePaxTime(text)).toThrow(expect.objectContaining({ code: "invalid-archive" }));
});

test("parsePaxTime() reads what formatPaxTime() writes", () => {
  const time = fc.record({
    seconds: fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
    nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  });
  fc.assert(fc.property(time, (value) => expect(parsePaxTime(formatPaxTime(value))).toEqual(value)));
});
