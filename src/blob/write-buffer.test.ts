import { expect, test } from "bun:test";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { WriteBuffer } from "./write-buffer.ts";

const ofSize = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + seed) & 255);

test("WriteBuffer writes every byte in its place, however many files are written at once", async () => {
  const directory = await mkdtemp(join(tmpdir(), "kasane-write-"));
  const sizes = fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 100 }), sizes, async (files, chunks) => {
      const open1 = (index: number) => open(join(directory, `${index}`), "w+");
      const handles = await Promise.all(Array.from({ length: files }, (_, index) => open1(index)));
      const buffers = handles.map((handle) => new WriteBuffer(handle, 0));
      const all = chunks.map((size, index) => ofSize(size, index));
      // All of them have a buffer, or wait for one, before any is flushed.
      await Promise.all(
        buffers.map(async (buffer) => {
          for (const chunk of all) {
            const reused = chunk.slice();
            await buffer.write(reused);
            reused.fill(0);
          }
        }),
      );
      const whole = Buffer.concat(all);
      const start = Math.floor(whole.length / 2);
      const some = await buffers[0]!.read(start, whole.length);
      expect(some.length).toBeGreaterThan(0);
      expect(Buffer.compare(some, whole.subarray(start, start + some.length))).toBe(0);
      await Promise.all(buffers.map((buffer) => buffer.flush()));
      for (const handle of handles) {
        expect(Buffer.compare(await handle.readFile(), whole)).toBe(0);
        await handle.close();
      }
    }),
    { numRuns: 12 },
  );
  await rm(directory, { recursive: true });
}, 20_000);

test("discard() drops what is gathered and leaves the file as it is", async () => {
  const directory = await mkdtemp(join(tmpdir(), "kasane-write-"));
  const handle = await open(join(directory, "file"), "w+");
  const buffer = new WriteBuffer(handle, 0);
  await buffer.write(ofSize(1000, 1));
  await buffer.discard();
  expect((await handle.stat()).size).toBe(0);
  await handle.close();
  await rm(directory, { recursive: true });
});
