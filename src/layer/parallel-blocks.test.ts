import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Block, parallelBlocks } from "./parallel-blocks.ts";

/** Ends in an order of its own. */
async function work({ bytes, previous }: Block): Promise<string> {
  for (let turns = bytes.reduce((sum, byte) => sum + byte, 0) % 7; turns > 0; turns--)
    await Promise.resolve();
  return `${Buffer.from(previous ?? []).toString("hex")}>${Buffer.from(bytes).toString("hex")}`;
}

test("parallelBlocks() gives the same results for any chunks and any number under way", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 12 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      async (chunks, blockBytes, inFlight) => {
        const expected: string[] = [];
        const whole = Buffer.concat(chunks);
        let previous: Buffer | undefined;
        for (let at = 0; at < whole.length; at += blockBytes) {
          const bytes = whole.subarray(at, at + blockBytes);
          expected.push(await work({ bytes, previous }));
          previous = bytes;
        }
        expect(await Array.fromAsync(parallelBlocks(chunks, blockBytes, work, inFlight))).toEqual(expected);
      },
    ),
  );
});

test("parallelBlocks() runs no more than it may, and reads no further", async () => {
  let taken = 0;
  function* source() {
    for (;;) {
      taken++;
      yield new Uint8Array(10);
    }
  }
  let running = 0;
  let most = 0;
  const counted = async () => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
  };
  let results = 0;
  for await (const _ of parallelBlocks(source(), 10, counted, 3)) if (++results === 5) break;
  expect(most).toBeLessThanOrEqual(3);
  expect(taken).toBeLessThanOrEqual(8);
});

test("parallelBlocks() passes on the first failure and closes its source", async () => {
  let closed = false;
  function* source() {
    try {
      for (let i = 0; i < 100; i++) yield Uint8Array.of(i);
    } finally {
      closed = true;
    }
  }
  const failing = async ({ bytes }: Block) => {
    if (bytes[0]! >= 3) throw new Error(`block ${bytes[0]}`);
    return bytes[0];
  };
  const results = parallelBlocks(source(), 1, failing, 4);
  await expect(Array.fromAsync(results)).rejects.toThrow("block 3");
  expect(closed).toBe(true);
});
