import { expect, test } from "bun:test";
import type { Digest } from "../../oci/mod.ts";
import { chainSizes } from "./chain-sizes.ts";

const layers = (letters: string, sizes: Record<string, number> = { a: 100, b: 20, c: 3 }) =>
  [...letters].map((letter) => ({ diffId: letter as Digest, contentSizeBytes: sizes[letter]! }));

test("a layer counts once for each stack it stands on", () => {
  expect(chainSizes([layers("ab"), layers("ac"), layers("b")])).toEqual({
    totalBytes: 100 + 20 + 3 + 20,
    images: [
      { sizeBytes: 120, sharedBytes: 100 },
      { sizeBytes: 103, sharedBytes: 100 },
      { sizeBytes: 20, sharedBytes: 0 },
    ],
  });
});

test("the same layer twice in a stack, and images without layers", () => {
  expect(chainSizes([layers("aa"), []])).toEqual({
    totalBytes: 200,
    images: [
      { sizeBytes: 200, sharedBytes: 0 },
      { sizeBytes: 0, sharedBytes: 0 },
    ],
  });
  expect(chainSizes([])).toEqual({ totalBytes: 0, images: [] });
});
