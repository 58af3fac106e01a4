import { describe, expect, test } from "bun:test";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { flagTokens } from "./flag-tokens.ts";

const flags = [
  { name: "tag", short: "t", type: "strings" },
  { name: "file", short: "f", type: "string" },
  { name: "interactive", short: "i", type: "boolean" },
  { name: "quiet", short: "q", type: "boolean" },
  { name: "level", type: "number" },
] as const;

const read = (words: readonly string[]): unknown[] =>
  [...flagTokens(words, flags)].map((token) => {
    if (token.kind === "argument") return words[token.index]!;
    if (token.kind === "unknown") return { unknown: token.spelled };
    return { [token.flag.name]: token.value, spelled: token.spelled };
  });

/** The same by Node's reader, which takes `=` for a part of a short flag's value, and of a boolean's for flags. */
function byNode(words: readonly string[]): unknown[] {
  const options = Object.fromEntries(
    flags.map(({ name, type, ...short }) => [
      name,
      { type: type === "boolean" ? ("boolean" as const) : ("string" as const), ...short, multiple: true },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...words],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return tokens.flatMap((token): unknown[] => {
    if (token.kind === "option-terminator") return [];
    if (token.kind === "positional") return [token.value];
    if (!Object.hasOwn(options, token.name)) return [{ unknown: token.rawName }];
    const isShort = !token.rawName.startsWith("--");
    const value = isShort ? token.value?.replace(/^=/, "") : token.value;
    return [{ [token.name]: value, spelled: token.rawName }];
  });
}

describe("flagTokens()", () => {
  test("reads what Node's parseArgs reads, but for a short boolean with a value", () => {
    const letters = fc.stringMatching(/^[tfiqx=]{0,4}$/).filter((text) => !/^[iqx]=/.test(text));
    const word = fc.oneof(
      fc.constantFrom("--", "-", "", "--tag", "--file", "--quiet", "--level", "--nope", "value", "--=x"),
      fc.constantFrom("--tag=", "--file=a=b", "--quiet=false", "--nope=1", "-f=", "--=", "---", "--t"),
      letters.map((text) => `-${text}`),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        expect(read(words)).toEqual(byNode(words));
      }),
      { numRuns: 2000 },
    );
  });

  test("a short boolean may be given its value", () => {
    expect(read(["-i=false", "-qi=x"])).toEqual([
      { interactive: "false", spelled: "-i" },
      { quiet: undefined, spelled: "-q" },
      { interactive: undefined, spelled: "-i" },
      { unknown: "-=" },
      { unknown: "-x" },
    ]);
    expect(read(["-f", "-i=false"])).toEqual([{ file: "-i=false", spelled: "-f" }]);
  });
});
