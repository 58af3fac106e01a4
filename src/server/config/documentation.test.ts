import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { configKeys } from "./key-tree.ts";

const document = (name: string) => readFileSync(resolve(import.meta.dir, "../../../docs", name), "utf8");

test("docs/registry.md says of every key what the table of keys says, and of no other", () => {
  const english = document("registry.md");
  for (const { path, help, ignored, refused } of configKeys) {
    const meaning = ignored ?? (refused ? `${refused.reason}; ${refused.hint}` : help);
    expect(english).toMatch(
      new RegExp(`^\\| \`${RegExp.escape(path)}\` \\| .*${RegExp.escape(meaning)} \\|$`, "m"),
    );
  }
  const rows = (text: string) => [...text.matchAll(/^\| `([^`]+)` \|/gm)].map((found) => found[1]!);
  expect(rows(english).sort()).toEqual(configKeys.map(({ path }) => path).sort());
  expect(rows(document("registry.ja.md"))).toEqual(rows(english));
});
