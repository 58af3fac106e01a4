import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clearScaffolding } from "./scaffolding.ts";

const isRoot = process.getuid?.() === 0;
let directory: string;
let upper: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kasane-scaffolding-"));
  upper = join(directory, "upper");
  mkdirSync(join(upper, "etc"), { recursive: true });
  chmodSync(join(upper, "etc"), 0o755);
});
afterEach(() => rmSync(directory, { recursive: true }));

const clear = (...made: [path: string, directory: boolean][]) =>
  clearScaffolding(
    { kind: "overlay", lower: [], upper, work: "" },
    made.map(([path, isDirectory]) => ({ event: "made", path, directory: isDirectory })),
  );
const file = (path: string, content = "") => {
  writeFileSync(join(upper, path), content);
  chmodSync(join(upper, path), 0o644);
};
const folder = (path: string) => {
  mkdirSync(join(upper, path));
  chmodSync(join(upper, path), 0o755);
};

// What the stage makes belongs to root.
test.skipIf(!isRoot)(
  "clearScaffolding() removes what is as it was made, and keeps the times around it",
  () => {
    utimesSync(join(upper, "etc"), 5, 6.25);
    folder("proc");
    folder("etc/deep");
    file("etc/deep/hosts");
    expect(clear(["proc", true], ["etc/deep", true], ["etc/deep/hosts", false])).toEqual([
      "etc/deep/hosts",
      "etc/deep",
      "proc",
    ]);
    expect(existsSync(join(upper, "etc/deep"))).toBe(false);
  },
);

test.skipIf(!isRoot)(
  "clearScaffolding() restores the time of the directory it takes something out of",
  () => {
    file("etc/hosts");
    utimesSync(join(upper, "etc"), 5, 6.25);
    clear(["etc/hosts", false]);
    expect(statSync(join(upper, "etc")).mtimeMs).toBe(6250);
  },
);

test.skipIf(!isRoot)("clearScaffolding() keeps what the step has used", () => {
  folder("app");
  file("app/result", "x");
  file("etc/hosts", "127.0.0.1");
  folder("mode");
  chmodSync(join(upper, "mode"), 0o700);
  expect(clear(["app", true], ["etc/hosts", false], ["mode", true], ["never/there", true])).toEqual([]);
  expect(existsSync(join(upper, "app/result"))).toBe(true);
});

test("clearScaffolding() follows no link that the step put in the place of a parent", () => {
  const victim = join(directory, "victim");
  mkdirSync(join(victim, "empty"), { recursive: true });
  chmodSync(join(victim, "empty"), 0o755);
  writeFileSync(join(victim, "file"), "");
  folder("run");
  renameSync(join(upper, "run"), join(upper, "moved"));
  symlinkSync(victim, join(upper, "run"));
  expect(clear(["run/empty", true], ["run/file", false])).toEqual([]);
  expect(existsSync(join(victim, "empty")) && existsSync(join(victim, "file"))).toBe(true);
});
