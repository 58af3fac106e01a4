import { expect, test } from "bun:test";
import { cString } from "./mod.ts";

test("cString() ends a name with a NUL", () => {
  expect([...cString("é")]).toEqual([0xc3, 0xa9, 0]);
  expect([...cString(Uint8Array.of(0xe9))]).toEqual([0xe9, 0]);
});

test.each([["a\0b"], ["\udce9"], [Uint8Array.of(0x61, 0)]])("cString() refuses %j", (name) => {
  expect(() => cString(name)).toThrow(expect.objectContaining({ code: "io" }));
});
