import { describe, expect, test } from "bun:test";
import { OutputLines } from "./output-lines.ts";

function linesOf(...chunks: (string | Uint8Array)[]): string[] {
  const lines = new OutputLines();
  return [
    ...chunks.flatMap((chunk) => lines.add(typeof chunk === "string" ? Buffer.from(chunk) : chunk)),
    ...lines.end(),
  ];
}

describe("OutputLines", () => {
  test.each([
    [["one\ntwo\n"], ["one", "two"]],
    [
      ["on", "e\ntw", "o"],
      ["one", "two"],
    ],
    [
      ["a\r", "\nb\r\r\n\nc"],
      ["a", "b", "", "c"],
    ],
    [
      ["10%\r20%\r", "30%\n"],
      ["10%", "20%", "30%"],
    ],
    [["done\r"], ["done"]],
    [[], []],
  ])("%j", (chunks, expected) => expect(linesOf(...chunks)).toEqual(expected));

  test("puts characters together that chunks cut", () => {
    const bytes = Buffer.from("日本語\n");
    expect(linesOf(bytes.subarray(0, 1), bytes.subarray(1, 5), bytes.subarray(5))).toEqual(["日本語"]);
  });

  test("gives out a line that never ends in pieces", () => {
    const pieces = linesOf(...Array.from({ length: 100 }, () => "x".repeat(1000)));
    expect(pieces.join("")).toBe("x".repeat(100_000));
    expect(Math.max(...pieces.map((piece) => piece.length))).toBe(16 * 1024);
  });
});
