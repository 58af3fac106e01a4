import { expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alignSegments, hugePage } from "./align-segments.ts";

/** Of each loaded segment, what is between its offset and its address modulo a huge page. */
function distances(program: Uint8Array): number[] {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const headers = Array.from({ length: view.getUint16(56, true) }, (_, index) => 64 + index * 56);
  return headers
    .filter((header) => view.getUint32(header, true) === 1)
    .map((header) =>
      Number((view.getBigUint64(header + 16, true) - view.getBigUint64(header + 8, true)) % BigInt(hugePage)),
    );
}

test.skipIf(process.platform !== "linux")(
  "a program's segments can be huge pages, and it works as before",
  () => {
    const program = readFileSync(process.execPath);
    const aligned = alignSegments(program);
    expect(distances(program)).not.toEqual([0, 0, 0]);
    expect(distances(aligned)).toEqual(distances(aligned).map(() => 0));
    expect(alignSegments(aligned)).toEqual(aligned);

    const directory = mkdtempSync(join(tmpdir(), "aligned-"));
    try {
      const path = join(directory, "program");
      writeFileSync(path, aligned);
      chmodSync(path, 0o755);
      const run = Bun.spawnSync([path, "--print", "Bun.hash.crc32('layer')"], { env: {} });
      expect(run.stdout.toString()).toBe(`${Bun.hash.crc32("layer")}\n`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);

test("what is no program stays as it is", () => {
  const text = new TextEncoder().encode("#!/bin/sh\n");
  expect(alignSegments(text)).toBe(text);
});
