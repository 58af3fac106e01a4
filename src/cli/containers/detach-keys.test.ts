import { expect, test } from "bun:test";
import { DetachKeys, parseDetachKeys } from "./detach-keys.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (passed: Uint8Array) => new TextDecoder().decode(passed);

test("keys are what a terminal sends for them", () => {
  expect(parseDetachKeys("ctrl-p,ctrl-q")).toEqual([16, 17]);
  expect(parseDetachKeys("ctrl-[,x")).toEqual([27, 120]);
  expect(parseDetachKeys("")).toEqual([]);
  expect(() => parseDetachKeys("ctrl-pp")).toThrow("invalid detach keys");
});

test("what is no more than the beginning of the keys is passed on after all", () => {
  const keys = new DetachKeys(parseDetachKeys("ctrl-p,ctrl-q"));
  expect(text(keys.push(bytes("ab\x10")).pass)).toBe("ab");
  expect(text(keys.push(bytes("c")).pass)).toBe("\x10c");
  expect(text(keys.push(bytes("\x10\x10")).pass)).toBe("\x10");
  expect(keys.push(bytes("\x11rest"))).toMatchObject({ isLeft: true });
});
