import { expect, test } from "bun:test";
import { lineOf, repeatedKey, scalarAt } from "./yaml-lines.ts";

const text = `# a comment
version: 0.1

http:
  # another
  addr: :5000
  tls:
    "key": /k # why
list:
- name: a
  url: 0x10
-   name: b
    deep:
      - 007
      - [x, y]
flow: {a: {b: 1}, c: 2}
`;

test.each<[(string | number)[], number]>([
  [["version"], 2],
  [["http"], 4],
  [["http", "addr"], 6],
  [["http", "tls", "key"], 8],
  [["http", "none"], 4],
  [["list"], 9],
  [["list", 0], 10],
  [["list", 0, "name"], 10],
  [["list", 0, "url"], 11],
  [["list", 1, "name"], 12],
  [["list", 1, "deep", 1], 15],
  [["list", 7], 9],
  [["flow", "a", "b"], 16],
])("lineOf() finds %j in line %d", (path, line) => {
  expect(lineOf(text, path)).toBe(line);
});

test("scalarAt() gives a number as it was written", () => {
  expect(scalarAt(text, ["list", 0, "url"])).toBe("0x10");
  expect(scalarAt(text, ["list", 1, "deep", 0])).toBe("007");
  expect(scalarAt(text, ["flow", "a", "b"])).toBe("1");
  expect(scalarAt(text, ["http", "tls", "key"])).toBe("/k");
});

test.each<[string, ReturnType<typeof repeatedKey>]>([
  [text, undefined],
  ["a: 1\nb:\n  a: 1\nc:\n  a: 1\n", undefined],
  ["a:\n  b: 1\nc: 1\na:\n  d: 1\n", { key: "a", line: 4, firstLine: 1 }],
  ["a: # why\n  b: 1\n\n  # more\n  'b': 2\n", { key: "a.b", line: 5, firstLine: 2 }],
  ["a:\n- b: 1\n- b: 1\n", undefined],
  ["a:\n- b: 1\n  c: 1\n  b: 2\n", { key: "a.b", line: 4, firstLine: 2 }],
  ["a: |\n  b: 1\n  b: 2\nc: >-\n  b: 1\n  b: 2\n", undefined],
  ["a: [{\n  b: 1 }, {\n  b: 2 }]\n", undefined],
  ["a:\n  - {\n    b: 1 }\n  - {\n    b: 2 }\n", undefined],
  ["a:\n  - [{\n    b: 1 }, {\n    b: 2 }]\n", undefined],
  ["a: &x {b: 1}\nc: *x\n", undefined],
  ["", undefined],
])("repeatedKey() of %j", (yaml, repeated) => {
  expect(repeatedKey(yaml)).toEqual(repeated);
});
