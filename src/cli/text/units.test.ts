import { expect, test } from "bun:test";
import fc from "fast-check";
import { binarySize, humanDuration, humanSize } from "./units.ts";

test.each([
  [0, "0B"],
  [1, "1B"],
  [999, "999B"],
  [1000, "1kB"],
  [1024, "1.02kB"],
  [999_600, "1e+03kB"],
  [4_620, "4.62kB"],
  [26_700_000, "26.7MB"],
  [1_100_000_000, "1.1GB"],
])("humanSize(%d, 3) is %s", (bytes, expected) => {
  expect(humanSize(bytes, 3)).toBe(expected);
});

test("humanSize() rounds as toPrecision() does", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_499 }), fc.constantFrom(3, 4), (bytes, precision) => {
      const [value, unit] = bytes < 1000 ? [bytes, "B"] : [bytes / 1000, "kB"];
      expect(humanSize(bytes, precision)).toBe(`${Number(value.toPrecision(precision))}${unit}`);
    }),
  );
});

test.each([
  [1_005, "1kB"],
  [1_115, "1.11kB"],
  [9_995, "9.99kB"],
  [9_996, "10kB"],
  [99_950, "100kB"],
  [999_499, "999kB"],
  [999_500, "1e+03kB"],
])("humanSize(%d, 3) is %s, as Go prints it", (bytes, expected) => {
  expect(humanSize(bytes, 3)).toBe(expected);
});

const second = 1000;
const hour = 3600 * second;
test.each([
  [450, "Less than a second"],
  [1 * second, "1 second"],
  [47 * second, "47 seconds"],
  [61 * second, "About a minute"],
  [3 * 60 * second, "3 minutes"],
  [59 * 60 * second, "59 minutes"],
  [60 * 60 * second, "About an hour"],
  [1.6 * hour, "2 hours"],
  [47 * hour, "47 hours"],
  [48 * hour, "2 days"],
  [14 * 24 * hour, "2 weeks"],
  [61 * 24 * hour, "2 months"],
  [2 * 365 * 24 * hour, "2 years"],
])("humanDuration(%d ms) is %s", (duration, expected) => {
  expect(humanDuration(duration)).toBe(expected);
});

test.each([
  [0, "0B"],
  [1023, "1023B"],
  [1024, "1KiB"],
  [8_232_345_600, "7.667GiB"],
  [2 ** 60, "1EiB"],
])("binarySize(%p) is %p", (bytes, text) => expect(binarySize(bytes)).toBe(text));
