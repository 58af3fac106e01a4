import { expect, test } from "bun:test";
import { type KeptSpace, keepBytes } from "./keep-bytes.ts";

test.each([
  [{}, undefined],
  [{ reservedBytes: 30 }, 30],
  [{ maxUsedBytes: 60 }, 60],
  [{ maxUsedBytes: 10, reservedBytes: 30 }, 30],
  // 50 are free of the 70 that are to be: 20 have to go.
  [{ minFreeBytes: 70 }, 80],
  [{ minFreeBytes: 70, maxUsedBytes: 60 }, 60],
  [{ minFreeBytes: 140, reservedBytes: 30 }, 30],
  // There is room enough: everything stays.
  [{ minFreeBytes: 40 }, 100],
] satisfies [
  KeptSpace,
  number | undefined,
][])("keepBytes(%j) of 100 where 50 are free is %p", (space, kept) => {
  expect(keepBytes(space, { totalBytes: 100, freeBytes: 50 })).toBe(kept);
});
