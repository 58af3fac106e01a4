import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseRange } from "./byte-range.ts";

test.each([
  ["bytes=500-1499", { start: 500, end: 1500 }],
  ["bytes=500-", { start: 500, end: 2048 }],
  ["bytes=-500", { start: 1548, end: 2048 }],
  ["bytes=-5000", { start: 0, end: 2048 }],
  ["bytes=2000-5000", { start: 2000, end: 2048 }],
  ["bytes=0-0", { start: 0, end: 1 }],
  ["Bytes = 1 - 2", { start: 1, end: 3 }],
  ["bytes=500-0", "unsatisfiable"],
  ["bytes=2048-", "unsatisfiable"],
  ["bytes=5000-10000", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  [null, undefined],
  ["", undefined],
  ["bytes=-", undefined],
  ["bytes=a-b", undefined],
  ["bytes=0-1,5-6", undefined],
  ["items=0-1", undefined],
  ["bytes=99999999999999999999-", undefined],
])("parseRange() reads %j of 2048 bytes", (header, range) => {
  expect(parseRange(header, 2048)).toEqual(range as never);
});

test("parseRange() never leaves the blob", () => {
  const header = fc.oneof(
    fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`),
    fc.nat().map((n) => `bytes=-${n}`),
    fc.nat().map((n) => `bytes=${n}-`),
    fc.string(),
  );
  fc.assert(
    fc.property(header, fc.nat(), (text, size) => {
      const range = parseRange(text, size);
      if (typeof range !== "object") return;
      expect(range.start).toBeGreaterThanOrEqual(0);
      expect(range.end).toBeLessThanOrEqual(size);
      expect(range.start).toBeLessThan(range.end);
    }),
  );
});
