import { expect, test } from "bun:test";
import { namePattern } from "./repository-pattern.ts";

test.each([
  ["library/nginx", ["library/nginx"], ["library/nginx2", "x/library/nginx"]],
  ["library/*", ["library/nginx"], ["library/a/b", "library"]],
  ["team/**", ["team/a", "team/a/b"], ["team", "teams/a"]],
  ["**", ["a", "a/b/c"], []],
  ["**/cache", ["a/cache", "a/b/cache"], ["cache", "a/caches"]],
  ["{dev,test}-*", ["dev-1", "test-a"], ["prod-1", "dev"]],
  ["v?.*", ["v1.2"], ["v10.2", "v12"]],
  ["a.b", ["a.b"], ["axb"]],
  ["a.b*", ["a.bc"], ["axbc"]],
])("namePattern(%j)", (glob, yes, no) => {
  const matches = namePattern(glob);
  expect(yes.filter((name) => !matches(name))).toEqual([]);
  expect(no.filter(matches)).toEqual([]);
});

test("a pattern that cannot be read is refused", () => {
  expect(() => namePattern("a{b")).toThrow("a { has no }");
  expect(() => namePattern(`*${"a".repeat(600)}`)).toThrow("longer than 512");
});
