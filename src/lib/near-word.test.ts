import { expect, test } from "bun:test";
import fc from "fast-check";
import { closest, editDistance } from "./near-word.ts";

test.each([
  ["WORKDRI", ["WORKDIR", "USER"], "WORKDIR"],
  ["frm", ["FROM", "RUN"], "FROM"],
  ["readme", ["README", "LICENSE"], "README"],
  ["RUN", ["RUN", "FROM"], undefined],
  ["xyz", ["FROM", "RUN"], undefined],
  ["a", ["x", "ab"], undefined],
])("closest(%j, %j) is %j", (word, candidates, expected) => {
  expect(closest(word, candidates)).toBe(expected);
});

test("editDistance() is 0 for the same, the same both ways, and never more than the longer word", () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, a)).toBe(0);
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});
