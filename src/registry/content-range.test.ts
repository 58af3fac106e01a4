import { expect, test } from "bun:test";
import { parseChunkRange } from "./content-range.ts";

test.each([
  ["0-9", { first: 0, last: 9 }],
  ["10-10", { first: 10, last: 10 }],
  ["bytes 0-9/*", { first: 0, last: 9 }],
  ["bytes 0-9/100", { first: 0, last: 9 }],
  ["bytes=0-9", { first: 0, last: 9 }],
  [null, undefined],
  ["", "malformed"],
  ["9-0", "malformed"],
  ["-9", "malformed"],
  ["0-", "malformed"],
  ["a-b", "malformed"],
  ["0-9999999999999999999", "malformed"],
])("parseChunkRange() reads %j", (header, range) => {
  expect(parseChunkRange(header)).toEqual(range as never);
});
