/** `npm run tour` shows the main job and leaves nothing behind. */
import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout, run } from "../outside.ts";

test("the tour goes through, within its half minute, and cleans up", async () => {
  const temporary = mkdtempSync(join(tmpdir(), "kasane-tour-test-"));
  try {
    // HOME is empty as well: the tour must not need or touch the user's own store.
    const { code, out, err } = await run([join(checkout, "scripts/bun"), "scripts/tour.ts"], {
      cwd: checkout,
      env: { TMPDIR: temporary, HOME: join(temporary, "nobody"), XDG_DATA_HOME: "", KASANE_ROOT: "" },
    });
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toMatch(/Hello, world\. I am user (65534|0)\./);
    expect(out).toContain("CACHED");
    expect(out).toMatch(/That was the main job, in \d+\.\d s\. Nothing was left behind\./);
    expect(Number(/in (\d+\.\d) s/.exec(out)![1])).toBeLessThan(30);
    expect(readdirSync(temporary)).toEqual([]);
    expect(await Bun.file("/proc/mounts").text()).not.toContain(temporary);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}, 60_000);
