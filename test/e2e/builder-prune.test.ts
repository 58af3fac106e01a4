/** What `builder prune` keeps: of several builds, as many as there is room for, those that were used last. */
import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kasane, run, runOk } from "../outside.ts";

setDefaultTimeout(60_000);

const directory = mkdtempSync(join(tmpdir(), "kasane-builder-prune-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const at = (name: string) => join(directory, name);

const sizeBytes = 1_000_000;
const builds = 5;

describe("kasane builder prune", () => {
  const call = (...args: string[]) => runOk([kasane, "--root", at("store"), ...args]);
  /** What the cache has, the latest used first. */
  const kept = async (): Promise<string[]> => {
    const out = await call("builder", "du", "--format", "{{.Description}}");
    // By what was asked for, and by what it came to.
    return [...new Set([...out.matchAll(/COPY file(\d)/g)].map(([, number]) => number!))].sort();
  };
  beforeEach(async () => {
    rmSync(at("store"), { recursive: true, force: true });
    mkdirSync(at("context"), { recursive: true });
    for (let number = 1; number <= builds; number++) {
      const bytes = crypto.getRandomValues(new Uint8Array(65_536));
      writeFileSync(
        at(`context/file${number}`),
        Buffer.concat([...Array(16).keys()].map(() => crypto.getRandomValues(bytes.slice()))).subarray(
          0,
          sizeBytes,
        ),
      );
      writeFileSync(at("context/Dockerfile"), `FROM scratch\nCOPY file${number} /\n`);
      await call("build", "-q", "-o", "type=cacheonly", at("context"));
    }
  });

  test("without a limit nothing stays", async () => {
    expect(await kept()).toEqual(["1", "2", "3", "4", "5"]);
    const out = await call("builder", "prune", "-a", "-f");
    expect(out).toMatch(/^Total reclaimed space: 5\.\d+MB$/m);
    expect(await kept()).toEqual([]);
  });

  test.each([
    [
      ["--reserved-space", "3.5MB"],
      ["3", "4", "5"],
    ],
    [
      ["--keep-storage", "2.5MB"],
      ["4", "5"],
    ],
    [["--max-used-space", "1.5MB"], ["5"]],
    // The floor is kept although the ceiling is lower.
    [
      ["--reserved-space", "3.5MB", "--max-used-space", "1.5MB"],
      ["3", "4", "5"],
    ],
    // There is that much room, so nothing has to go.
    [
      ["--min-free-space", "1B", "--max-used-space", "1GB"],
      ["1", "2", "3", "4", "5"],
    ],
    // There never is, so all goes but what is reserved.
    [["--min-free-space", "1000TB", "--reserved-space", "1.5MB"], ["5"]],
    [["--min-free-space", "1000TB"], []],
  ])("%j: the latest used stay", async (flags, expected) => {
    await call("builder", "prune", "-a", "-f", ...flags);
    expect(await kept()).toEqual(expected);
  });

  test("what is used again is the latest; a filter spares what it does not name; sizes are checked", async () => {
    writeFileSync(at("context/Dockerfile"), "FROM scratch\nCOPY file1 /\n");
    await call("build", "-q", "-o", "type=cacheonly", at("context"));
    await call("builder", "prune", "-a", "-f", "--keep-storage", "1.5MB");
    expect(await kept()).toEqual(["1"]);
    await call("builder", "prune", "-a", "-f", "--filter", "until=24h");
    expect(await kept()).toEqual(["1"]);
    for (const flag of ["--reserved-space", "--max-used-space", "--min-free-space", "--keep-storage"]) {
      const { code, err } = await run([
        kasane,
        "--root",
        at("store"),
        "builder",
        "prune",
        "-a",
        "-f",
        flag,
        "much",
      ]);
      expect([code === 0, err.includes("much")]).toEqual([false, true]);
    }
    expect(await kept()).toEqual(["1"]);
  });
});
