import { expect, test } from "bun:test";
import fc from "fast-check";
import { collect } from "../lib/mod.ts";
import { Feed } from "./feed.ts";

const whole = (source: AsyncGenerator<Uint8Array>) => collect(source, 2 ** 30, "test");

test("Feed gives its consumer every byte, although the producer reuses its chunk", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 8 }), async (sizes) => {
      const feed = new Feed(whole);
      const shared = new Uint8Array(400_000);
      let expected = 0;
      for (const [index, size] of sizes.entries()) {
        await feed.push(shared.subarray(0, size).fill(index));
        expected += size;
      }
      shared.fill(255);
      const bytes = await feed.end();
      expect(bytes.length).toBe(expected);
      let offset = 0;
      for (const [index, size] of sizes.entries()) {
        if (size > 0) expect([bytes[offset], bytes[offset + size - 1]]).toEqual([index, index]);
        offset += size;
      }
    }),
    { numRuns: 20 },
  );
});

test("Feed lets at most a mebibyte wait", async () => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const feed = new Feed(async (source) => {
    await gate;
    return whole(source);
  });
  const chunk = new Uint8Array(512 * 1024);
  await feed.push(chunk);
  await feed.push(chunk);
  let isPushed = false;
  const third = feed.push(chunk).then(() => {
    isPushed = true;
  });
  await Bun.sleep(5);
  expect(isPushed).toBe(false);
  release();
  await third;
  expect((await feed.end()).length).toBe(3 * chunk.length);
});

test("a consumer that fails or stops early holds nobody up, and end() tells", async () => {
  const failing = new Feed(async (source) => {
    for await (const _ of source) throw new Error("broken");
    return 0;
  });
  const early = new Feed(async () => "enough");
  for (let round = 0; round < 20; round++) {
    await failing.push(new Uint8Array(300_000));
    await early.push(new Uint8Array(300_000));
  }
  await expect(failing.end()).rejects.toThrow("broken");
  expect(await early.end()).toBe("enough");
});

test("cancel() ends a consumer that waits for more", async () => {
  const feed = new Feed(whole);
  await feed.push(new Uint8Array(10));
  await feed.cancel();
  await expect(feed.end()).rejects.toMatchObject({ code: "cancelled" });
});
