import { expect, test } from "bun:test";
import fc from "fast-check";
import { ByteCursor } from "./byte-cursor.ts";
import { fillHoles, parseMapRecord, readMapFromContent, readOldGnuMap, storedBytesOf } from "./sparse.ts";
import { bytesOf } from "./testing/members.ts";

const record = (text: string) => new Uint8Array(Buffer.from(text));
const limits = { storedBytes: 1 << 20, maxHeaderBytes: 4096 };

/** Pieces in order with room between them. */
const arbitraryMap = fc
  .array(fc.tuple(fc.nat(500), fc.nat(500)), { maxLength: 60 })
  .chain((gaps) => fc.nat(500).map((tail) => ({ gaps, tail })))
  .map(({ gaps, tail }) => {
    let end = 0;
    const pieces = gaps.map(([gap, length]) => {
      const offset = end + gap;
      end = offset + length;
      return { offset, length };
    });
    return { pieces, sizeBytes: end + tail };
  });

test("every form of a map is read alike", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryMap, async (map) => {
      const numbers = map.pieces.flatMap(({ offset, length }) => [offset, length]);
      expect(parseMapRecord(record(numbers.join(",")), map.sizeBytes)).toEqual(map);

      const lines = `${[map.pieces.length, ...numbers].join("\n")}\n`;
      const padded = record(lines.padEnd(Math.ceil(lines.length / 512) * 512, "\0"));
      const fromContent = await readMapFromContent(new ByteCursor([padded]), {
        sizeBytes: map.sizeBytes,
        ...limits,
      });
      expect(fromContent).toEqual({ map, mapBytes: padded.length });

      const [header, ...extensions] = oldGnuBlocks(map);
      expect(await readOldGnuMap(header!, new ByteCursor(extensions), 1 << 20)).toEqual(map);
    }),
  );
});

function oldGnuBlocks(map: {
  pieces: { offset: number; length: number }[];
  sizeBytes: number;
}): Uint8Array[] {
  const octal = (value: number) => `${value.toString(8).padStart(11, "0")}\0`;
  const fill = (block: Buffer, start: number, pieces: typeof map.pieces) => {
    for (const [i, { offset, length }] of pieces.entries())
      block.write(octal(offset) + octal(length), start + 24 * i);
  };
  const header = Buffer.alloc(512);
  header.write(octal(map.sizeBytes), 483);
  fill(header, 386, map.pieces.slice(0, 4));
  const blocks = [header];
  for (let at = 4; at < map.pieces.length; at += 21) {
    const last = blocks.at(-1)!;
    last[last === header ? 482 : 504] = 1;
    const block = Buffer.alloc(512);
    fill(block, 0, map.pieces.slice(at, at + 21));
    blocks.push(block);
  }
  return blocks;
}

test("fillHoles() puts zeros where nothing is stored", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryMap, fc.integer({ min: 1, max: 300 }), async (map, chunk) => {
      const stored = Buffer.from(Array.from({ length: storedBytesOf(map) }, (_, i) => 1 + (i % 255)));
      let at = 0;
      const read = (maxBytes: number) => {
        const bytes = stored.subarray(at, at + Math.min(chunk, maxBytes));
        at += bytes.length;
        return Promise.resolve(bytes);
      };
      const expected = Buffer.alloc(map.sizeBytes);
      let from = 0;
      for (const { offset, length } of map.pieces) {
        expected.set(stored.subarray(from, from + length), offset);
        from += length;
      }
      expect(Buffer.from(await bytesOf(fillHoles(map, read))).equals(expected)).toBe(true);
    }),
  );
});

test.each([
  ["an offset without a length", "0,1,2"],
  ["no number", "0,x"],
  ["a negative number", "0,-1"],
  ["an empty number", "0,1,,"],
  ["a number beyond 2^53", "0,9999999999999999"],
  ["pieces that overlap", "0,10,5,10"],
  ["pieces that run backwards", "50,10,0,10"],
  ["a piece beyond the end", "90,11"],
])("parseMapRecord() refuses %s", (_, text) => {
  expect(() => parseMapRecord(record(text), 100)).toThrow(
    expect.objectContaining({ code: "invalid-archive" }),
  );
});

test.each([
  ["a count that is none", "x\n", "invalid-archive"],
  ["a line without an end", "1".repeat(512), "invalid-archive"],
  ["fewer lines than the count says", "3\n0\n1\n", "invalid-archive"],
  ["a count of more than the limit", `${"9".repeat(15)}\n${"1\n".repeat(6000)}`, "limit-exceeded"],
])("readMapFromContent() refuses %s", async (_, text, code) => {
  const bytes = record(text.padEnd(Math.ceil(text.length / 512) * 512, "\0"));
  const reading = readMapFromContent(new ByteCursor([bytes]), { sizeBytes: 100, ...limits });
  await expect(reading).rejects.toMatchObject({ code });
});

test("readMapFromContent() does not read beyond the stored content", async () => {
  const endless = new ByteCursor([record("999\n".padEnd(2048, "1\n"))]);
  const reading = readMapFromContent(endless, { sizeBytes: 100, storedBytes: 512, maxHeaderBytes: 4096 });
  await expect(reading).rejects.toThrow("longer than the content");
});

test("readOldGnuMap() stops at the limit, and at the end of the archive", async () => {
  const extension = new Uint8Array(512).fill(0x30);
  const header = Buffer.alloc(512);
  header[482] = 1;
  function* endless() {
    for (;;) yield extension;
  }
  await expect(readOldGnuMap(header, new ByteCursor(endless()), 4096)).rejects.toMatchObject({
    code: "limit-exceeded",
  });
  await expect(readOldGnuMap(header, new ByteCursor([extension]), 4096)).rejects.toThrow(
    "ends within the map",
  );
});
