import { expect, test } from "bun:test";
import { asksForDirectory, planCopy, splitPath } from "./copy-plan.ts";

test.each([
  ["/a/b", "/a", "b"],
  ["/a/b/", "/a", "b"],
  ["/a/b/.", "/a/b", "."],
  ["/", "/", "."],
  ["/.", "/", "."],
  ["/a/../b", "/", "b"],
  ["a", ".", "a"],
  [".", ".", "."],
])("splitPath(%s) is %s and %s", (path, directory, name) => {
  const split = splitPath(path);
  expect([split.directory.replace(/(?<=.)\/$/, ""), split.name]).toEqual([directory, name]);
});

test.each([
  ["a/", true],
  ["a/.", true],
  [".", true],
  ["/", true],
  ["a", false],
  ["a.", false],
  ["/a/..b", false],
])("asksForDirectory(%s) is %p", (path, expected) => {
  expect(asksForDirectory(path)).toBe(expected);
});

const [file, tree, inside] = [
  { name: "f", isDirectory: false },
  { name: "d", isDirectory: true },
  { name: ".", isDirectory: true },
];
const directory = { path: "/to", exists: true, isDirectory: true };
const other = { path: "/to/x", exists: true, isDirectory: false };
const nothing = { path: "/to/x", exists: false, isDirectory: false };

test.each([
  ["a file into a directory", file, directory, "/to f"],
  ["a directory into a directory", tree, directory, "/to d"],
  ["what is in a directory into a directory", inside, directory, "/to ."],
  ["a file over a file", file, other, "/to x"],
  ["a file to a new name", file, nothing, "/to x"],
  ["a directory to a new name", tree, nothing, "/to x"],
  ["a directory to a new name with a slash", tree, { ...nothing, path: "/to/x/" }, "/to x"],
  ["what is in a directory to a new name", inside, nothing, "/to x"],
] as const)("planCopy(): %s", (_, thing, to, expected) => {
  const plan = planCopy(thing!, to);
  expect(`${plan.directory} ${plan.name}`).toBe(expected);
});

test("planCopy() refuses a directory over a file, and a file to a directory that is not there", () => {
  expect(() => planCopy(tree!, other)).toThrow(expect.objectContaining({ code: "conflict" }));
  expect(() => planCopy(file!, { ...nothing, path: "/to/x/" })).toThrow(
    expect.objectContaining({ code: "not-found" }),
  );
});
