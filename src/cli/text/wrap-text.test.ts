import { expect, test } from "bun:test";
import fc from "fast-check";
import { wrapText } from "./wrap-text.ts";

test.each([
  [
    "English at spaces",
    "Only check the Dockerfile; exit code 1",
    16,
    ["Only check the", "Dockerfile; exit", "code 1"],
  ],
  [
    "flags and names whole",
    "see 'kasane build --help' or --format",
    13,
    ["see 'kasane", "build --help'", "or --format"],
  ],
  [
    "Japanese between words, with its punctuation",
    "レジストリのキャッシュ、タグ。",
    14,
    ["レジストリの", "キャッシュ、", "タグ。"],
  ],
  ["brackets with what is in them", "ファイル（既定は FILE）", 12, ["ファイル", "（既定は", "FILE）"]],
  ["what fits", "short", 10, ["short"]],
])("wrapText() breaks %s", (_, text, width, lines) => {
  expect(wrapText(text, width)).toEqual(lines);
});

test("wrapText() keeps to the width where words are shorter", () => {
  const word = fc.constantFrom("tag", "image", "a", "名前", "タグ");
  fc.assert(
    fc.property(fc.array(word), fc.integer({ min: 5, max: 40 }), (words, width) => {
      for (const line of wrapText(words.join(" "), width))
        expect(Bun.stringWidth(line)).toBeLessThanOrEqual(width);
    }),
  );
});

test("wrapText() loses nothing but spaces", () => {
  const word = fc.constantFrom("tag", "イメージ", "、", "。", "（", "）", "--root", " ", "  ", "ー", "x");
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), fc.integer({ min: 1, max: 40 }), (words, width) => {
      const text = words.join("");
      const lines = wrapText(text, width);
      expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
    }),
  );
});
