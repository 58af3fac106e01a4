import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readWithin } from "./read-within.ts";

test("readWithin() reads what is within the limit, and stops behind it", async () => {
  const directory = mkdtempSync(join(tmpdir(), "kasane-read-within-"));
  try {
    const path = join(directory, "file");
    for (const text of ["", "1234"]) {
      writeFileSync(path, text);
      expect(new TextDecoder().decode(await readWithin(path, 4))).toBe(text);
    }
    writeFileSync(path, "12345");
    expect(await readWithin(path, 4)).toBeUndefined();
    // It never ends.
    expect(await readWithin("/dev/zero", 4)).toBeUndefined();
    await expect(readWithin(join(directory, "nothing"), 4)).rejects.toThrow("ENOENT");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
