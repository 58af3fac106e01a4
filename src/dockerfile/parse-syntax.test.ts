// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the Dockerfile language.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { isKasaneError } from "../lib/mod.ts";
import { parseSyntax } from "./parse-syntax.ts";
import { dumpTree } from "./testing/dump-tree.ts";

const data = process.env.KASANE_TEST_DATA ?? resolve(import.meta.dir, "../../../shared/data");
const positive = join(data, "dockerfile/parser/testfiles");
const negative = join(data, "dockerfile/parser/testfiles-negative");
const hasData = existsSync(positive);

describe.skipIf(!hasData)("parseSyntax() agrees with the shared parser cases", () => {
  test.each(hasData ? readdirSync(positive) : [])("%s", (name) => {
    const tree = parseSyntax(readFileSync(join(positive, name, "Dockerfile")));
    expect(dumpTree(tree)).toBe(readFileSync(join(positive, name, "result"), "utf8").replace(/\n$/, ""));
  });

  test.each(hasData ? readdirSync(negative) : [])("%s is refused", (name) => {
    const bytes = readFileSync(join(negative, name, "Dockerfile"));
    expect(() => parseSyntax(bytes)).toThrow(expect.objectContaining({ code: "invalid-dockerfile" }));
  });
});

const dump = (text: string) => dumpTree(parseSyntax(text));

test.each([
  ["a byte order mark", "\ufeff# escape=`\nFROM a`\nb", '(from "ab")'],
  [
    "a shebang line, after which escape is a comment",
    "#!/usr/bin/env x\n# escape=`\nFROM a\\\nb",
    '(from "ab")',
  ],
  ["carriage returns", "FROM a\r\nRUN x \\\r\n  y\r\n", '(from "a")\n(run "x   y")'],
  ["comments inside continuations", "RUN a \\\n  # note\n\\\n#x\n b", '(run "a  b")'],
  ["a continuation at the end", "RUN a \\\n", '(run "a")'],
  ["flags with quotes", `COPY --a="b c" --d='e f' x y`, '(copy ["--a=b c" "--d=e f"] "x" "y")'],
  ["-- as the end of flags", "RUN --mount=x -- --y", '(run ["--mount=x"] "--y")'],
  ["ONBUILD with flags", "ONBUILD COPY --from=a b c", '(onbuild (copy ["--from=a"] "b" "c"))'],
  ["JSON with something after it", 'CMD ["a"] b', '(cmd "[\\"a\\"] b")'],
  ["instructions in any case", "from x\nrUn y", '(from "x")\n(run "y")'],
])("parseSyntax() reads %s", (_what, text, expected) => {
  expect(dump(text)).toBe(expected);
});

test("parseSyntax() reads heredocs: several, quoted, with tabs, for RUN, COPY, ADD and ONBUILD", () => {
  const tree = parseSyntax(
    [
      "FROM x",
      "RUN <<EOF cat <<-'B C'",
      "one $x \\",
      "# not a comment",
      "EOF",
      "\ttwo",
      "\tB C",
      "COPY <<a <<b /d/",
      "1",
      "a",
      "b",
      "ONBUILD RUN <<E",
      "later",
      "E",
      'RUN ["<<EOF"]',
      "CMD <<EOF",
    ].join("\n"),
  );
  expect(tree.nodes.map((node) => node.heredocs)).toEqual([
    [],
    [
      { name: "EOF", expand: true, stripTabs: false, content: "one $x \\\n# not a comment\n" },
      { name: "B C", expand: false, stripTabs: true, content: "\ttwo\n" },
    ],
    [
      { name: "a", expand: true, stripTabs: false, content: "1\n" },
      { name: "b", expand: true, stripTabs: false, content: "" },
    ],
    [{ name: "E", expand: true, stripTabs: false, content: "later\n" }],
    [],
    [],
  ]);
  expect(tree.nodes.map((node) => [node.range.startLine, node.range.endLine])).toEqual([
    [1, 1],
    [2, 7],
    [8, 11],
    [12, 14],
    [15, 15],
    [16, 16],
  ]);
  expect(tree.nodes[3]?.trigger?.heredocs).toHaveLength(1);
});

test("parseSyntax() keeps the directives and the comments above an instruction", () => {
  const tree = parseSyntax("# syntax = docker/dockerfile:1\n# check=skip=all\n\n# base of all\nFROM x\n");
  expect(tree.directives).toEqual({ escape: "\\", syntax: "docker/dockerfile:1", check: "skip=all" });
  expect(tree.nodes[0]?.comments.at(-1)).toBe("base of all");
});

test("parseSyntax() warns of empty lines inside a continuation", () => {
  expect(parseSyntax("RUN a \\\n\n b\n").warnings).toHaveLength(1);
});

test("parseSyntax() points at the line that is wrong", () => {
  expect(() => parseSyntax("FROM x\n\nENV A=1 B\n", { name: "web.Dockerfile" })).toThrow(
    expect.objectContaining({
      code: "invalid-dockerfile",
      hint: "put values with blanks in double quotes",
      data: { file: "web.Dockerfile", line: 3, endLine: 3 },
      message: [
        'web.Dockerfile:3: cannot find = in "B": it must be of the form name=value',
        "  3 | ENV A=1 B",
        "    |         ^",
      ].join("\n"),
    }),
  );
});

test.each([
  ["# escape=x\nFROM a", "invalid escape character"],
  ["# syntax=a\n# syntax=b\nFROM a", "given twice"],
  ["RUN <<EOF\nx", "not closed"],
  ['CMD ["a", 1]', "array of strings"],
  ["", "no instructions"],
])("parseSyntax(%j) is refused: %s", (text, message) => {
  expect(() => parseSyntax(text)).toThrow(message);
});

test.each([
  [{ maxBytes: 10 }, "FROM aaaaaaaaaaaa"],
  [{ maxLines: 2 }, "FROM a\nRUN b\nRUN c"],
  [{ maxLineLength: 10 }, "FROM aaaaaaaaaaaa"],
  [{ maxInstructions: 1 }, "FROM a\nRUN b"],
  [{ maxHeredocsPerInstruction: 1 }, "RUN <<A <<B\nA\nB\n"],
])("parseSyntax() keeps the limit %j", (limits, text) => {
  expect(() => parseSyntax(text, { limits })).toThrow(expect.objectContaining({ code: "limit-exceeded" }));
});

test.each([
  ["blanks in a line", `FROM a\nRUN x${" ".repeat(500_000)}y`],
  ["carriage returns in a line", `FROM a\nRUN x${"\r".repeat(500_000)}y`],
  ["escape characters", `FROM a\nRUN ${"\\ ".repeat(200_000)}y`],
  ["a directive's blanks", `# syntax=${"x ".repeat(200_000)}\nFROM a`],
  ["a duration's digits", `FROM a\nHEALTHCHECK --interval=${"1".repeat(500_000)} CMD x`],
  ["quotes", `FROM a\nENV ${"a='b' ".repeat(100_000)}`],
  ["less-than signs", `FROM a\nRUN ${"<<".repeat(200_000)}`],
])("parseSyntax() ends for many %s", (_what, text) => {
  parseSyntax(text);
});

test("parseSyntax() throws nothing but its own errors, whatever it is given", () => {
  const piece = fc.constantFrom(
    "FROM ",
    "RUN ",
    "COPY ",
    "ENV ",
    "#",
    "escape=`",
    "\\",
    "`",
    "\n",
    " ",
    "\t",
    "<<E",
    "E",
    '["',
    '"]',
    "--a",
    "=",
    "'",
    "$x",
    "\r",
    "ONBUILD ",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      try {
        const tree = parseSyntax(pieces.join(""));
        expect(tree.nodes.length).toBeGreaterThan(0);
      } catch (error) {
        expect(isKasaneError(error)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
