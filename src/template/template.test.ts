import { describe, expect, test } from "bun:test";
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
