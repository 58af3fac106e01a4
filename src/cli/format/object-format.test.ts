import { describe, expect, test } from "bun:test";
import { isKasaneError } from "../../lib/mod.ts";
import { goInt64, goString, pointer, slice, struct } from "../../template/mod.ts";
import { formatObject } from "./object-format.ts";

const config = struct("container.Config", { User: goString, Env: slice(goString) });
const image = struct("types.ImageInspect", {
  ID: { type: goString, json: "Id" },
  Size: goInt64,
  Comment: goString,
  Config: pointer(config),
});
const json = { Id: "sha256:1", Size: 1234567890, Config: { Env: ["A=1"] }, Extra: { Size: 1234567890 } };

function failure(format: string, options: { raw?: unknown }): string {
  try {
    return formatObject(format, json, image, options);
  } catch (error) {
    if (isKasaneError(error, "usage")) return `${error.data.exitCode} ${error.message}`;
    throw error;
  }
}

describe("formatObject()", () => {
  test.each([
    ["json", JSON.stringify(json)],
    ["{{.ID}} {{.Size}} {{.Comment}}|{{.Config.Env}}", "sha256:1 1234567890 |[A=1]"],
    ["{{json .Config}}", '{"User":"","Env":["A=1"]}'],
    ["{{.Id}}", "sha256:1"],
    ["{{.Extra.Size}}", "1234567890"],
    ['{{printf "%T" .Extra.Size}}', "json.Number"],
  ])("%p", (format, expected) => {
    expect(formatObject(format, json, image, { raw: json })).toBe(expected);
  });

  test.each([
    [
      "{{.Nope}}",
      { raw: json },
      `1 template parsing error: template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"`,
    ],
    [
      "{{.Nope}}",
      {},
      `1 template parsing error: template: :1:2: executing "" at <.Nope>: can't evaluate field Nope in type types.ImageInspect`,
    ],
    ["{{", {}, "64 template parsing error: template: :1: unclosed action"],
  ])("refuses %p", (format, options, expected) => {
    expect(failure(format, options)).toBe(expected);
  });

  test("knows the types of docker's inspections by their names", () => {
    const inspect = (format: string) => formatObject(format, json, "types.ImageInspect");
    expect(inspect("{{.ID}}|{{.Comment}}|{{.Config.Tty}}")).toBe("sha256:1||false");
    // What the types have not is asked of the JSON, and then all of the template is.
    expect(inspect("{{.Id}} {{.Extra.Size}}")).toBe("sha256:1 1234567890");
    expect(() => inspect("{{.ID}} {{.Id}}")).toThrow('map has no entry for key "ID"');
  });

  test("takes a name for a type: a struct of what the object has", () => {
    expect(formatObject("{{.A}} {{.}}", { A: 1, B: { c: "d" } }, "x.Y")).toBe("1 {1 map[c:d]}");
  });
});
