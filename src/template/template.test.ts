import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { isKasaneError } from "../lib/mod.ts";
import {
  goDuration,
  goInt64,
  goRawJson,
  goString,
  goTime,
  map,
  named,
  pointer,
  slice,
  struct,
  Template,
} from "./mod.ts";
import { outer, outerData } from "./testing/outer.ts";

function outcome(template: string, data: unknown, options: Parameters<Template["execute"]>[1] = {}): string {
  try {
    return new Template(template).execute(data, options);
  } catch (error) {
    if (isKasaneError(error, "usage")) return error.message;
    throw error;
  }
}

describe("values without a type", () => {
  test.each([
    ["{{.}}", { b: 1, a: "x" }, "map[a:x b:1]"],
    ["{{.a}} {{.b}} {{.c.d}}", { a: null }, "<no value> <no value> <no value>"],
    ["{{.}}", [1, 2.5, "x", null, true], "[1 2.5 x <nil> true]"],
    ["{{.}}", 12345678.5, "1.23456785e+07"],
    [
      '{{printf "%T %T %T %T %T" .a .b .c .d .e}}',
      { a: 1, b: 1.5, c: "", d: [], e: {} },
      "int float64 string []interface {} map[string]interface {}",
    ],
    ["{{.__proto__}}", {}, "<no value>"],
    ["{{.constructor}}", {}, "<no value>"],
  ])("%p", (template, data, expected) => {
    expect(outcome(template, data)).toBe(expected);
  });
});

describe("values with a type", () => {
  const port = named("nat.Port", goString);
  const health = struct("container.HealthConfig", { Interval: goDuration });
  const config = struct("container.Config", {
    User: goString,
    Env: slice(goString),
    Ports: { type: map(port, struct("struct {}", {})), omitEmpty: true },
    Health: pointer(health),
  });
  const base = struct("types.Base", { ID: { type: goString, json: "Id" } });
  const image = struct("types.Image", {
    Base: { type: pointer(base), embedded: true },
    Config: pointer(config),
    Size: goInt64,
    Since: goTime,
  });
  test.each([
    ["{{.ID}}|{{.Size}}|{{.Config.User}}|{{.Config.Env}}", { Id: "x", Config: {} }, "x|0||[]"],
    ["{{.Config}}", { Config: { User: "u", Ports: { "80/tcp": {} } } }, "{u [] map[80/tcp:{}] <nil>}"],
    [
      "{{.Config.User}}",
      {},
      'template: :1:9: executing "" at <.Config.User>: nil pointer evaluating *container.Config.User',
    ],
    [
      "{{.Config.Nope}}",
      { Config: {} },
      `template: :1:9: executing "" at <.Config.Nope>: can't evaluate field Nope in type *container.Config`,
    ],
    [
      "{{.Since}} {{.Since.IsZero}}",
      { Since: "2026-01-02T03:04:05.060Z" },
      "2026-01-02 03:04:05.06 +0000 UTC false",
    ],
    ["{{.Since}}", {}, "0001-01-01 00:00:00 +0000 UTC"],
    [
      "{{.Config.Health.Interval}} {{.Config.Health}}",
      { Config: { Health: { Interval: 90e9 } } },
      "1m30s {1m30s}",
    ],
    ["{{json .}}", { Id: "x", Size: 1 }, '{"Id":"x","Config":null,"Size":1,"Since":"0001-01-01T00:00:00Z"}'],
  ])("%p of %p", (template, data, expected) => {
    expect(outcome(template, data, { type: image })).toBe(expected);
  });

  test("JSON as it stands keeps its numbers, and a missing key is an error", () => {
    const options = { type: goRawJson, missingKey: "error" } as const;
    expect(outcome('{{.a}} {{printf "%T" .a}}', { a: 123456789012 }, options)).toBe(
      "123456789012 json.Number",
    );
    expect(outcome("{{.b}}", {}, options)).toBe(
      'template: :1:2: executing "" at <.b>: map has no entry for key "b"',
    );
  });
});

describe("a hostile template ends in an error", () => {
  test.each([
    ["a long loop", "{{range 1000000000}}{{end}}", "more than 5000000 steps"],
    ["recursion", '{{define "x"}}{{template "x" .}}{{end}}{{template "x" .}}', "exceeded maximum depth"],
    ["doubling", '{{$x := "0123456789"}}{{range 100}}{{$x = print $x $x}}{{end}}', "characters"],
    ["wide fields", '{{range 1000}}{{printf "%1000000d" 1}}{{end}}', "characters"],
    ["many fields", `{{printf ${JSON.stringify("%1000000d".repeat(1000))}}}`, "%!d(MISSING)"],
    ["many wide fields", `{{printf ${JSON.stringify("%1000000[1]d".repeat(1000))} 1}}`, "characters"],
    [
      "long work",
      '{{$x := printf "%1000000d" 1}}{{range 1000000}}{{if len $x}}{{end}}{{if index (split $x "") 0}}{{end}}{{end}}',
      "characters",
    ],
    ["blanks", '{{pad "x" 1000000000000 0}}', "spaces"],
    ["parentheses", `{{${"(".repeat(100_000)}`, "max expression depth exceeded"],
    ["branches", "{{if 1}}".repeat(100_000), "max expression depth exceeded"],
    ["length", "x".repeat(2_000_000), "longer than"],
  ])("%s", (_, template, expected) => {
    expect(outcome(template, {})).toContain(expected);
  });
});

test("an error says what is near", () => {
  const hint = (template: string, data: unknown) => {
    try {
      new Template(template).execute(data, { type: struct("x.Y", { Architecture: goString }) });
    } catch (error) {
      return isKasaneError(error) ? error.hint : undefined;
    }
  };
  expect(hint("{{.Arhcitecture}}", {})).toBe("did you mean Architecture?");
  expect(hint("{{uper .}}", {})).toBe("did you mean upper?");
});

describe("what Go says", () => {
  // Written by KASANE_WRITE_GOLDENS=1 scripts/bun test test/interop/go, which asks Go.
  const lines = readFileSync(join(import.meta.dir, "testing/golden.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  const goldens = lines.map((line) => JSON.parse(line) as [string, string]);

  test(`to ${goldens.length} templates`, () => {
    const differences = goldens.flatMap(([template, expected]) => {
      const said = goldenOutcome(template);
      return said === expected ? [] : [{ template, expected, said }];
    });
    expect(differences).toEqual([]);
  });
});

function goldenOutcome(template: string): string {
  let text: string;
  try {
    text = new Template(template).execute(outerData, { type: outer });
  } catch (error) {
    if (!isKasaneError(error, "usage")) throw error;
    text = `error: ${error.message}`;
  }
  // Bytes that are no character, and places in memory.
  return text.replaceAll(/[\ud800-\udfff]/gu, "\ufffd").replaceAll(/0x[0-9a-f]{10,12}\b/g, "0xADDRESS");
}

test("any text is a template, or an error in words", () => {
  const pieces = fc.constantFrom(
    "{{",
    "}}",
    " -}}",
    "{{- ",
    ".",
    "$",
    "$x",
    ":=",
    "=",
    "|",
    "(",
    ")",
    "if",
    "else",
    "end",
    "range",
    "with",
    "define",
    "template",
    "block",
    "break",
    "continue",
    "nil",
    "true",
    "print",
    "printf",
    "index",
    "slice",
    "json",
    "eq",
    "lt",
    '"%*[1]d"',
    '"x"',
    "`",
    "'",
    '"',
    "/*",
    "*/",
    " ",
    "\n",
    "1",
    "0x",
    "1e9",
    "-",
    ".Name",
    ".Inner.Env",
    ".Any",
    ",",
    "\\",
    "\0",
    "é",
    "\ud800",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 40 }), (parts) => {
      expect(typeof outcome(parts.join(""), outerData, { type: outer })).toBe("string");
    }),
    { numRuns: 2000 },
  );
});

test("printf takes any format and any value", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.jsonValue(), fc.jsonValue(), (format, a, b) => {
      const text = outcome(`{{printf ${JSON.stringify("%")} 1}}{{printf .format .a .b}}`, {
        format: `%${format}`,
        a,
        b,
      });
      expect(typeof text).toBe("string");
    }),
    { numRuns: 2000 },
  );
});
