/** Go's own template package is asked what it makes of each template, and src/template has to say the same, errors included. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { isKasaneError } from "../../../src/lib/mod.ts";
import { type GoType, goRawJson, Template } from "../../../src/template/mod.ts";
import { outer, outerData } from "../../../src/template/testing/outer.ts";
import { templateCases } from "../../../src/template/testing/template-cases.ts";
import { missing, runOk } from "../../outside.ts";
import { type Scratch, scratch } from "../peers.ts";
import { randomTemplate } from "./random-templates.ts";

const isMissing = missing("go");
let directory: Scratch;

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("go");
  await runOk(["go", "build", "-o", join(directory.path, "oracle"), join(import.meta.dir, "oracle.go")]);
}, 300_000);
afterAll(async () => {
  if (!isMissing) await directory[Symbol.asyncDispose]();
});

interface Case {
  readonly template: string;
  readonly data: unknown;
  readonly kind: "typed" | "raw" | "json";
}

async function goSays(cases: readonly Case[]): Promise<string[]> {
  const stdin = new Blob(cases.map((each) => `${JSON.stringify(each)}\n`));
  const child = Bun.spawn([join(directory.path, "oracle")], { stdin, stdout: "pipe" });
  const lines = (await new Response(child.stdout).text()).trimEnd().split("\n");
  return lines.map((line) => {
    const { text, error } = JSON.parse(line) as { text?: string; error?: string };
    return text === undefined ? `error: ${error}` : text;
  });
}

function kasaneSays({ template, data, kind }: Case): string {
  const type: GoType = kind === "typed" ? outer : goRawJson;
  try {
    const text = new Template(template).execute(data, {
      type,
      missingKey: kind === "raw" ? "error" : "default",
    });
    // As Go's JSON writes bytes that are no character.
    return text.replaceAll(/[\ud800-\udfff]/gu, "\ufffd");
  } catch (error) {
    if (isKasaneError(error, "usage")) return `error: ${error.message}`;
    throw error;
  }
}

/** Where a thing is in memory differs from run to run. */
function withoutAddresses(text: string): string {
  return text.replaceAll(/0x[0-9a-f]{10,12}\b/g, "0xADDRESS");
}

async function compare(cases: readonly Case[]): Promise<void> {
  const theirs = await goSays(cases);
  const differences = cases.flatMap((each, index) => {
    const [ours, go] = [kasaneSays(each), theirs[index]!].map(withoutAddresses);
    return ours === go ? [] : [{ template: each.template, kind: each.kind, go, ours }];
  });
  expect(theirs.length).toBe(cases.length);
  expect(differences).toEqual([]);
}

describe.skipIf(isMissing)("Go's text/template", () => {
  test("says what the goldens of src/template have", async () => {
    const said = await goSays(
      templateCases.map((template) => ({ template, data: outerData, kind: "typed" })),
    );
    const lines = said.map((text, index) => JSON.stringify([templateCases[index], withoutAddresses(text)]));
    const golden = Bun.file(join(import.meta.dir, "../../../src/template/testing/golden.jsonl"));
    if (process.env.KASANE_WRITE_GOLDENS) await golden.write(`${lines.join("\n")}\n`);
    expect((await golden.text()).trimEnd().split("\n")).toEqual(lines);
  });

  test("of a struct", () =>
    compare(templateCases.map((template) => ({ template, data: outerData, kind: "typed" }))));
  test("of JSON", () =>
    compare(templateCases.map((template) => ({ template, data: outerData, kind: "json" }))));
  test("of JSON, where a missing key is an error", () =>
    compare(templateCases.map((template) => ({ template, data: outerData, kind: "raw" }))));

  test("of templates that nobody would write", async () => {
    const seed = Number(process.env.KASANE_TEST_SEED ?? Date.now() % 2 ** 31);
    console.log(`seed: KASANE_TEST_SEED=${seed}`);
    // Go would count to Size for a day.
    const data = { ...outerData, Size: 45, Config: { ...outerData.Config, Wait: 1500 } };
    const templates = fc.sample(randomTemplate, { numRuns: 3000, seed });
    await compare(
      templates.map((template, index) => ({
        template,
        data,
        kind: index % 2 === 0 ? "typed" : "raw",
      })),
    );
  }, 60_000);
});
