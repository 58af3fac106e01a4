import { expect, test } from "bun:test";
import { asOwner, hasValidChecksum, parseHeader, readNumber } from "./header.ts";
import { encodeHeader } from "./header-block.ts";
import { input } from "./testing/members.ts";

const field = (text: string, length = 12) =>
  Buffer.concat([Buffer.from(text, "latin1"), Buffer.alloc(length)]).subarray(0, length);

test.each([
  ["00000001750\0", 1000],
  ["       1750 ", 1000],
  ["1750 \0", 1000],
  ["1750\0junk", 1000],
  ["   1750", 1000],
  ["\0\0\x001750", 1000],
  ["777777777777", 0o777777777777],
  ["", 0],
  ["            ", 0],
  ["\x80\0\0\0\0\0\0\0\0\0\x03\xe8", 1000],
  ["\x80\0\0\0\0\0\x02\0\0\0\0\0", 2 ** 41],
  ["\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", -1],
  ["\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfc\x18", -1000],
])("readNumber(%j) is %d", (text, value) => {
  expect(readNumber(field(text), 0, 12, "size")).toBe(value);
});

test.each([
  "8",
  "-1",
  "0x10",
  "12z",
  "1.5",
  "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
])("readNumber(%j) is refused", (text) => {
  expect(() => readNumber(field(text), 0, 12, "size")).toThrow(
    expect.objectContaining({ code: "invalid-archive" }),
  );
});

test("asOwner() takes the nobody of old tars, and nothing that does not fit", () => {
  expect(asOwner(-2, "uid")).toBe(4294967294);
  expect(asOwner(4294967295, "uid")).toBe(4294967295);
  expect(() => asOwner(2 ** 32, "uid")).toThrow("does not fit into 32 bits");
  expect(() => asOwner(-(2 ** 31) - 1, "uid")).toThrow("does not fit into 32 bits");
});

test("hasValidChecksum() takes sums of unsigned and of signed bytes, in every padding", () => {
  const block = Buffer.from(encodeHeader(input("plain").entry));
  expect(hasValidChecksum(block)).toBe(true);
  // A name of bytes above 127, as a v7 tar has it.
  block.write("\xe4\xf6\xfc", 0, "latin1");
  block.fill(0x20, 148, 156);
  const unsigned = block.reduce((sum, byte) => sum + byte, 0);
  const signed = block.reduce((sum, byte) => sum + ((byte << 24) >> 24), 0);
  for (const sum of [unsigned, signed]) {
    for (const text of [
      `${sum.toString(8).padStart(6, "0")}\0 `,
      `${sum.toString(8).padStart(7, " ")}\0`,
      `${sum.toString(8)}\0`,
    ]) {
      const copy = Buffer.from(block);
      copy.fill(0, 148, 156).write(text, 148, "latin1");
      expect(hasValidChecksum(copy)).toBe(true);
      copy[0] = 0x41;
      expect(hasValidChecksum(copy)).toBe(false);
    }
  }
});

test("parseHeader() takes the prefix of POSIX, the shorter one of star, and none of GNU", () => {
  const block = Buffer.from(encodeHeader(input("name").entry));
  block.write("some/where", 345, "latin1");
  expect(parseHeader(block).name).toBe("some/where/name");
  const star = Buffer.from(block);
  star.write("13333333333\0", 476, "latin1");
  star.write("tar\0", 508, "latin1");
  expect(parseHeader(star).name).toBe("some/where/name");
  const gnu = Buffer.from(block);
  gnu.write("ustar  \0", 257, "latin1");
  expect(parseHeader(gnu).name).toBe("name");
});

test("parseHeader() reads no names and devices where the dialect has none", () => {
  const block = Buffer.from(encodeHeader(input("name", { userName: "root" }).entry));
  block.fill(0, 257, 265);
  block.write("junk", 329, "latin1");
  expect(parseHeader(block)).toMatchObject({ name: "name", userName: "", deviceMajor: 0 });
});
