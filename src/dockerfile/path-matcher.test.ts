import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseIgnoreFile } from "./ignore-file.ts";
import { type ParentMatch, PathMatcher } from "./path-matcher.ts";

/** Matching a path as a walk does: directory by directory. */
function walkMatches(matcher: PathMatcher, path: string): boolean {
  let parent: ParentMatch | undefined;
  const parts = path.split("/");
  for (let length = 1; length < parts.length; length++) {
    parent = matcher.matchBelow(parts.slice(0, length).join("/"), parent).match;
  }
  return matcher.matchBelow(path, parent).isMatched;
}

test.each<[string[], string, boolean]>([
  [["*"], "a.go", true],
  [["*.go"], "a.go", true],
  [["*.go"], "dir/a.go", false],
  [["!a.go", "*.go"], "a.go", true],
  [["*.go", "!a.go"], "a.go", false],
  [["docs"], "docs/x/y", true],
  [["docs/"], "docs/x", true],
  [["docs", "!docs/README.md"], "docs/README.md", false],
  [["docs/*", "!docs/README.md"], "docs/README.md", false],
  [["docs/*"], "docs", false],
  [["**"], "a/b", true],
  [["**/"], "a/b", true],
  [["**/**"], "a/b", true],
  [["dir/**"], "dir/a/b", true],
  [["dir/**"], "dir", false],
  [["**/dir"], "dir", true],
  [["**/dir"], "x/dir/y", true],
  [["**/dir"], "xdir", false],
  [["**file"], "a/b/myfile", true],
  [["**/file*.txt"], "a/b/file1.txt", true],
  [["**/*.txt"], "x.txt", true],
  [["**/**/*.txt"], "a/x.txt", true],
  [["**/**/*.txt2"], "a/x.txt", false],
  [["**/d/*"], "a/d/f", true],
  [["**/d/**"], "a/d/e/f", true],
  [["a**/*.txt"], "a/b/c/x.txt", true],
  [["a/*.txt"], "a/b/x.txt", false],
  [["a/*.txt**"], "a/x.txt", true],
  [["a**"], "abc/d", true],
  [["a[b-d]e"], "ace", true],
  [["a[b-d]e"], "aae", false],
  [["a[^b-d]e"], "aze", true],
  [["a.c"], "abc", false],
  [["a?c"], "abc", true],
  [["a?c"], "a/c", false],
  [["a\\*b"], "a*b", true],
  [["a\\\\"], "a\\", true],
  [["a.|)$(}+{bc"], "a.|)$(}+{bc", true],
  [["**", "!util/web"], "util/web/x", false],
  [["**", "!util/web", "util/web/x"], "util/web/x", true],
  [["**", "!dist/*.whl"], "dist/p-1+g.whl", false],
  [["./a/../b"], "b/c", true],
  [[" a ", ""], "a", true],
])("PathMatcher(%j) on %s is %p", (patterns, path, expected) => {
  const matcher = new PathMatcher(patterns);
  expect(matcher.matches(path)).toBe(expected);
  expect(walkMatches(matcher, path)).toBe(expected);
});

test.each(["!", "[", "a[b-", "a\\", "[]"])("PathMatcher refuses the pattern %s", (pattern) => {
  expect(() => new PathMatcher([pattern])).toThrow();
});

test("parseIgnoreFile() skips comments in column 0 only, takes slashes off, and names a bad line", () => {
  const matcher = parseIgnoreFile("\ufeff# note\n\n/a/b/\r\n! /a/b/c\n #x\n");
  expect(matcher.hasExceptions).toBe(true);
  expect(matcher.matches("a/b/d")).toBe(true);
  expect(matcher.matches("a/b/c")).toBe(false);
  expect(matcher.matches("#x")).toBe(true);
  expect(() => parseIgnoreFile("a\n[", "x/.dockerignore")).toThrow("x/.dockerignore:2");
});

test("parseIgnoreFile() keeps its limits", () => {
  expect(() => parseIgnoreFile("a\n".repeat(10_001))).toThrow("more than 10000 patterns");
  expect(() => parseIgnoreFile("a".repeat(1024 * 1024 + 1))).toThrow("larger");
});

// One that backtracks would go on for years.
test("PathMatcher ends for patterns made to backtrack", () => {
  expect(new PathMatcher([`${"*a".repeat(30)}b`]).matches("a".repeat(250))).toBe(false);
});

test("PathMatcher gives the same answer for a path at once and directory by directory", () => {
  const part = fc.stringMatching(/^[ab.]{1,2}$/).filter((text) => text !== "." && text !== "..");
  const pattern = fc
    .array(fc.oneof(part, fc.constantFrom("*", "**", "?", "a*", "**b")), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join("/"));
  const withException = fc.tuple(fc.boolean(), pattern).map(([not, text]) => (not ? `!${text}` : text));
  fc.assert(
    fc.property(
      fc.array(withException, { maxLength: 5 }),
      fc.array(part, { minLength: 1, maxLength: 4 }),
      (patterns, parts) => {
        const matcher = new PathMatcher(patterns);
        expect(walkMatches(matcher, parts.join("/"))).toBe(matcher.matches(parts.join("/")));
      },
    ),
  );
});
