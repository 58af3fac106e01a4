import { expect, test } from "bun:test";
import { isContainerName, randomContainerId, randomContainerName } from "./container-name.ts";

test("randomContainerName() gives two words, with a number after a name that was taken", () => {
  for (let turn = 0; turn < 50; turn++) {
    expect(randomContainerName()).toMatch(/^[a-z]+_[a-z]+$/);
    expect(randomContainerName(3)).toMatch(/^[a-z]+_[a-z]+\d{1,3}$/);
    expect(isContainerName(randomContainerName())).toBe(true);
  }
});

test("randomContainerId() is 64 hex digits that do not start like a number", () => {
  const ids = Array.from({ length: 50 }, randomContainerId);
  for (const id of ids) expect(id).toMatch(/^(?=.{0,11}[a-f])[0-9a-f]{64}$/);
  expect(new Set(ids).size).toBe(ids.length);
});

test.each([
  ["web", true],
  ["a-b_c.1", true],
  ["a", false],
  ["-web", false],
  ["a b", false],
  ["a/b", false],
  ["", false],
  ["x".repeat(129), false],
])("isContainerName(%j) is %p", (text, expected) => {
  expect(isContainerName(text)).toBe(expected);
});
