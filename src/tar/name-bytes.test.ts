import { expect, test } from "bun:test";
import fc from "fast-check";
import { compareNames, decodeName, encodeName } from "./name-bytes.ts";

const nameBytes = fc.oneof(
  fc.uint8Array({ maxLength: 24 }),
  fc.string({ unit: "binary" }).map((text) => new Uint8Array(Buffer.from(text.toWellFormed()))),
  // Cut and mixed sequences.
  fc
    .array(
      fc.constantFrom(0x61, 0xc3, 0xa9, 0xe3, 0x81, 0x82, 0xf0, 0x9f, 0x90, 0xb3, 0xed, 0xa0, 0x80, 0xff),
    )
    .map((bytes) => Uint8Array.from(bytes)),
);

test("encodeName() gives back every name decodeName() has read", () => {
  fc.assert(
    fc.property(nameBytes, (bytes) => {
      expect(Buffer.from(encodeName(decodeName(bytes))).equals(bytes)).toBe(true);
    }),
  );
});

test("names survive JSON", () => {
  const name = decodeName(Uint8Array.of(0x61, 0xff, 0xe3, 0x81, 0x82, 0xc3));
  expect(name).toBe("a\udcffあ\udcc3");
  expect(JSON.parse(Buffer.from(JSON.stringify(name)).toString())).toBe(name);
});

test("decodeName() keeps a byte order mark and escapes what only looks like UTF-8", () => {
  expect(decodeName(Buffer.from("\ufeffa"))).toBe("\ufeffa");
  // A surrogate, an overlong slash, a code point beyond Unicode.
  expect(decodeName(Uint8Array.of(0xed, 0xb2, 0x80))).toBe("\udced\udcb2\udc80");
  expect(decodeName(Uint8Array.of(0xc0, 0xaf))).toBe("\udcc0\udcaf");
  expect(decodeName(Uint8Array.of(0xf5, 0x80, 0x80, 0x80))).toBe("\udcf5\udc80\udc80\udc80");
});

test.each([["a\ud800"], ["\udc7f"], ["\udd00b"]])("encodeName(%j) is refused", (name) => {
  expect(() => encodeName(name)).toThrow(expect.objectContaining({ code: "invalid-archive" }));
});

test("compareNames() is the order of the bytes", () => {
  fc.assert(
    fc.property(nameBytes, nameBytes, (left, right) => {
      const order = Math.sign(compareNames(decodeName(left), decodeName(right)));
      expect(order).toBe(Buffer.compare(left, right));
    }),
  );
  // Where UTF-16 order differs: a private-use character and an emoji.
  expect(["\u{1f433}", "\ue000", "a"].sort(compareNames)).toEqual(["a", "\ue000", "\u{1f433}"]);
});
