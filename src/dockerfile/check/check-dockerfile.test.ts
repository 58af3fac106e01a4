/** What the checks say. That they find what BuildKit finds is tested against it: test/interop/buildkit/. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ArgumentError } from "../arguments.ts";
import { parseIgnoreFile } from "../ignore-file.ts";
import { parseDockerfile } from "../parse-dockerfile.ts";
import { platformArgs } from "../platform-args.ts";
import { type CheckOptions, checkDockerfile } from "./check-dockerfile.ts";
import { isSelected, mergeSelections, parseCheckSelection } from "./check-options.ts";
import { checkRules, ruleUrl } from "./check-rule.ts";

const linux = { os: "linux", architecture: "amd64" };

function check(text: string, options: Partial<CheckOptions> = {}): string[] {
  const dockerfile = parseDockerfile(text);
  const base = { env: ["PATH=/bin", "NAME=x"], hasShell: false, platform: linux };
  return checkDockerfile(dockerfile, {
    buildArgs: {},
    platformArgs: platformArgs({ build: linux, target: linux, targetStage: "" }),
    targetPlatform: linux,
    bases: new Map(dockerfile.stages.map(({ index }) => [index, base])),
    ...options,
  }).map(({ rule, message, range }) => `${range.startLine} ${rule}: ${message}`);
}

describe("checkDockerfile()", () => {
  test.each([
    ["FROM a\nENV X=$NAMEE\n", "2 UndefinedVar: nothing sets $NAMEE: did you mean $NAME?"],
    ["FROM a\nENV X=$QQQQQ\n", "2 UndefinedVar: nothing sets $QQQQQ"],
    [
      "ARG TAG=1\nFROM a:$TGA\n",
      "2 UndefinedArgInFrom: no ARG TGA stands above the first FROM: did you mean TAG?",
    ],
    ["FROM a\nEXPOSE 1:2/TCP\n", "2 ExposeInvalidFormat: 1:2/TCP should be 2/TCP: EXPOSE publishes nothing"],
    ["FROM a AS Web\n", "1 StageNameCasing: stage Web should be web"],
    ["FROM a\nARG db_password\n", "2 SecretsUsedInArgOrEnv: ARG db_password looks like a secret"],
  ])("%j", (text, warning) => {
    expect(check(text)).toContain(warning);
  });

  test("is in the order of the lines", () => {
    const lines = check("FROM a\nWORKDIR x\nENV a b\nCMD x\nCMD y\n").map((text) => Number(text[0]));
    expect(lines).toEqual(lines.toSorted());
  });

  test("knows that a base nobody could read may set any variable", () => {
    expect(check("FROM a\nENV X=$UNKNOWN\n", { bases: new Map() })).toEqual([]);
    expect(check("FROM scratch\nENV X=$UNKNOWN\n", { bases: new Map() })).toHaveLength(1);
  });

  test("tells a base for another platform", () => {
    const arm = { os: "linux", architecture: "arm64" };
    expect(check("FROM a\n", { targetPlatform: arm })).toEqual([
      "1 InvalidBaseImagePlatform: a is for linux/amd64, not for linux/arm64",
    ]);
  });

  test("a word whose variable must be set is an error of the build, not of the checks", () => {
    expect(check(`FROM a\nENV X=\${NO:?}\n`)).toEqual(["2 UndefinedVar: nothing sets $NO"]);
  });

  describe("CopyIgnoredFile", () => {
    const copied = (ignore: string, instruction: string) =>
      check(`FROM a\n${instruction}\n`, { ignore: parseIgnoreFile(ignore) }).length > 0;
    test.each([
      ["secret\n", "COPY secret /", true],
      ["secret\n", "COPY ./secret/deeper /", true],
      ["secret\n", "ADD secret /", true],
      ["secret\n", "COPY secrets /", false],
      ["*\n", "COPY . /", true],
      ["*.md\n", "COPY . /", false],
      ["**\n", "COPY / /", true],
      ["*\n!keep\n", "COPY . /", false],
      ["*\n", "COPY --from=other x /", false],
      ["*\n", "ADD https://example.com/x /", false],
      ["*\n", "ADD git@example.com:a/b.git /", false],
    ])("%j, %s: %p", (ignore, instruction, expected) => {
      expect(copied(ignore, instruction)).toBe(expected);
    });
  });
});

describe("parseCheckSelection()", () => {
  test("reads what a directive says", () => {
    const selection = parseCheckSelection(" skip = A, B ;error=true; experimental=all");
    expect(selection).toEqual({ skip: new Set(["A", "B"]), experimental: "all", isError: true });
    expect(parseCheckSelection("")).toEqual({ skip: new Set(), experimental: new Set(), isError: false });
  });

  test.each(["skip", "error=perhaps", "omit=A", "skip=A;;"])("refuses %j", (text) => {
    expect(() => parseCheckSelection(text)).toThrow(ArgumentError);
  });

  test("two together skip what either skips", () => {
    const both = mergeSelections(parseCheckSelection("skip=UndefinedVar"), parseCheckSelection("skip=all"));
    expect(isSelected("StageNameCasing", both)).toBe(false);
    // What is experimental is made on demand only, and then it is not skipped.
    expect(isSelected("InvalidDefinitionDescription", both)).toBe(false);
    const demanded = mergeSelections(both, parseCheckSelection("experimental=InvalidDefinitionDescription"));
    expect(isSelected("InvalidDefinitionDescription", demanded)).toBe(true);
  });
});

test("every rule has its text, and all but one a page", () => {
  const rules = Object.keys(checkRules) as (keyof typeof checkRules)[];
  expect(rules).toHaveLength(22);
  expect(rules.filter((rule) => ruleUrl(rule) === undefined)).toEqual(["InvalidBaseImagePlatform"]);
  expect(ruleUrl("JSONArgsRecommended")).toEndWith("/json-args-recommended/");
});

test.each(["docs/build-checks.md", "docs/build-checks.ja.md"])("%s lists every rule", async (document) => {
  const text = await Bun.file(join(import.meta.dir, "../../..", document)).text();
  const listed = [...text.matchAll(/^\| (\w+) \| (.+) \|$/gm)]
    .map(([, name, what]) => [name!, what!] as const)
    .filter(([name]) => name in checkRules);
  expect(listed.map(([name]) => name)).toEqual(Object.keys(checkRules));
  if (!document.includes(".ja.")) expect(Object.fromEntries(listed)).toEqual(checkRules);
});
