// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the Dockerfile language.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { isKasaneError } from "../lib/mod.ts";
import { expandWord, expandWords } from "./expand.ts";

const data = process.env.KASANE_TEST_DATA ?? resolve(import.meta.dir, "../../../shared/data");
const caseFile = join(data, "dockerfile/envVarTest");
const variables: Record<string, string> = {
  PWD: "/home",
  SHELL: "bash",
  KOREAN: "한국어",
  NULL: "",
  pkg: "one two",
  path: "/usr/local/lib/x.tar.gz",
};
const lookup = (name: string) => variables[name];

function caseLines(): { system: string; word: string; expected: string; line: number }[] {
  return readFileSync(caseFile, "utf8")
    .split("\n")
    .map((text, index) => ({ text: text.replace(/\s+$/, ""), line: index + 1 }))
    .filter(({ text }) => text !== "" && !text.startsWith("#"))
    .map(({ text, line }) => {
      const [system, word, expected] = text.split("|").map((part) => part.trim());
      return { system: system!, word: word!, expected: expected ?? "", line };
    });
}

describe.skipIf(!existsSync(caseFile))("expandWord() agrees with every shared case", () => {
  test.each(existsSync(caseFile) ? caseLines().filter((one) => one.system !== "W") : [])("$line: $word", ({
    word,
    expected,
  }) => {
    if (expected === "error") expect(() => expandWord(word, lookup)).toThrow();
    else expect(expandWord(word, lookup)).toBe(expected);
  });
});

test.each([
  ["${path#*/}", "usr/local/lib/x.tar.gz"],
  ["${path##*/}", "x.tar.gz"],
  ["${path%.*}", "/usr/local/lib/x.tar"],
  ["${path%%.*}", "/usr/local/lib/x"],
  ["${path/\\/usr/\\/opt}", "\\/opt/local/lib/x.tar.gz"],
  ["${path//l/L}", "/usr/LocaL/Lib/x.tar.gz"],
  ["${path//[l]/L}", "/usr/local/lib/x.tar.gz"],
  ["${path/x*/y}", "/usr/local/lib/y"],
  ["${path//\\//}", "usrlocallibx.tar.gz"],
  ["${missing#x}", ""],
  ["${pkg%\\*}", "one two"],
])("expandWord(%s) handles patterns", (word, expected) => {
  // A replacement keeps its escapes, as in BuildKit.
  expect(expandWord(word, lookup)).toBe(expected);
});

test("expandWord() takes the Dockerfile's escape character", () => {
  expect(expandWord("a`$PWD \\$PWD", lookup, { escape: "`" })).toBe("a$PWD \\/home");
});

test("expandWord() leaves unset variables alone where the text is only shown", () => {
  expect(expandWord("echo $x ${y:-z} \"$PWD\" '$PWD'", lookup, { keepUnset: true, keepQuotes: true })).toBe(
    "echo $x ${y:-z} \"/home\" '$PWD'",
  );
});

test("expandWord() with plainQuotes expands inside quotes of any kind", () => {
  expect(expandWord("it's '$PWD' \\$PWD", lookup, { plainQuotes: true })).toBe("it's '/home' $PWD");
});

test.each([
  ["$pkg", ["one", "two"]],
  ["'$pkg' x", ["$pkg", "x"]],
  ['"$pkg" x', ["one two", "x"]],
  ["a\\ b c", ["a b", "c"]],
  ["80/tcp  443 ", ["80/tcp", "443"]],
  ["", []],
])("expandWords(%s) splits at what is not quoted", (text, expected) => {
  expect(expandWords(text, lookup)).toEqual(expected);
});

test("expandWord() refuses words that nest too deep or grow too long", () => {
  const nested = `${"${a:-".repeat(100)}x${"}".repeat(100)}`;
  expect(() => expandWord(nested, lookup)).toThrow("nest deeper");
  const long = "x".repeat(600_000);
  expect(() => expandWord("$a$a$a", () => long)).toThrow("grows beyond");
});

test("expandWord() throws nothing but its own errors, and finds nothing to do in plain words", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(..."ab${}:-+?#%/*\\'\"<` ".split("")), maxLength: 40 }),
      (word) => {
        try {
          expandWord(word, (name) => (name === "a" ? "value" : undefined));
        } catch (error) {
          expect(isKasaneError(error)).toBe(true);
        }
      },
    ),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9./=:@-]*$/), (word) => {
      expect(expandWord(word, lookup)).toBe(word);
    }),
  );
});
