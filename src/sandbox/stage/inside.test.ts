import { afterAll, beforeEach, expect, test } from "bun:test";
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { openInside, pathOf } from "./inside.ts";
import { O_DIRECTORY, O_PATH } from "./kernel.ts";
import { StageFailure } from "./plan.ts";

const directory = mkdtempSync(join(tmpdir(), "kasane-inside-"));
const outside = join(directory, "outside");
const rootPath = join(directory, "root");
afterAll(() => rmSync(directory, { recursive: true }));

beforeEach(() => {
  rmSync(rootPath, { recursive: true, force: true });
  rmSync(outside, { recursive: true, force: true });
  for (const path of [outside, rootPath, join(rootPath, "etc"), join(rootPath, "run")]) mkdirSync(path);
  writeFileSync(join(outside, "secret"), "");
  writeFileSync(join(rootPath, "etc/file"), "");
});

/** Where `path` leads inside the root, as a path of this machine, with what had to be made. */
function walk(path: string, make?: "file" | "directory"): { at: string | undefined; made: string[] } {
  const root = openSync(rootPath, O_PATH | O_DIRECTORY);
  const made: string[] = [];
  try {
    const fd = openInside(root, path, {
      ...(make ? { make } : {}),
      onMade: (name, kind) => made.push(`${kind} ${name}`),
    });
    if (fd === undefined) return { at: undefined, made };
    const at = readlinkSync(pathOf(fd));
    closeSync(fd);
    return { at: at.replace(rootPath, "ROOT"), made };
  } finally {
    closeSync(root);
  }
}

test.each([
  ["/etc/file", "ROOT/etc/file"],
  ["etc//./file", "ROOT/etc/file"],
  ["/../../etc/file", "ROOT/etc/file"],
  ["/etc/../../../etc/file", "ROOT/etc/file"],
  ["/", "ROOT"],
  ["", "ROOT"],
  ["/etc/missing", undefined],
  ["/missing/file", undefined],
])("openInside(%j) is %j", (path, expected) => {
  expect(walk(path).at).toBe(expected);
});

test.each([
  ["../outside/secret", "ROOT/outside/secret"],
  ["../../../../../../../../etc/passwd", "ROOT/etc/passwd"],
  ["/run/resolv.conf", "ROOT/run/resolv.conf"],
  ["../run/deep/stub", "ROOT/run/deep/stub"],
])("openInside() follows a link to %j without leaving the root", (target, expected) => {
  symlinkSync(target, join(rootPath, "etc/resolv.conf"));
  expect(walk("/etc/resolv.conf").at).toBeUndefined();
  expect(walk("/etc/resolv.conf", "file").at).toBe(expected);
  expect(readdirSync(outside)).toEqual(["secret"]);
});

test("openInside() makes what is missing, tells it outermost first, and leaves the times of what was there", () => {
  utimesSync(join(rootPath, "etc"), 1000, 2000.5);
  expect(walk("/etc/a/b/c", "file")).toEqual({
    at: "ROOT/etc/a/b/c",
    made: ["directory etc/a", "directory etc/a/b", "file etc/a/b/c"],
  });
  const { mtimeMs, atimeMs } = statSync(join(rootPath, "etc"));
  expect([atimeMs, mtimeMs]).toEqual([1_000_000, 2_000_500]);
  expect(statSync(join(rootPath, "etc/a")).mode & 0o7777).toBe(0o755);
  expect(walk("/etc/a/b/c", "file").made).toEqual([]);
  expect(walk("/etc/d/", "directory").made).toEqual(["directory etc/d"]);
});

test("openInside() refuses loops and files on the way", () => {
  symlinkSync("loop", join(rootPath, "loop"));
  expect(() => walk("/loop", "file")).toThrow(StageFailure);
  expect(() => walk("/etc/file/x", "file")).toThrow("/etc/file is not a directory");
});

test("openInside() never leaves the root, whatever links are in it", () => {
  const part = fc.constantFrom("..", ".", "a", "b", "etc", "run", "outside", "secret");
  const path = fc
    .tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 6 }))
    .map(([absolute, parts]) => `${absolute ? "/" : ""}${parts.join("/")}`);
  fc.assert(
    fc.property(fc.array(path, { maxLength: 4 }), path, (targets, wanted) => {
      rmSync(rootPath, { recursive: true, force: true });
      for (const name of ["", "etc", "run"]) mkdirSync(join(rootPath, name));
      targets.forEach((target, index) => {
        const at = join(rootPath, ["a", "b", "etc/a", "run/b"][index]!);
        if (!existsSync(at)) symlinkSync(target, at);
      });
      try {
        const { at } = walk(wanted, "directory");
        expect(at === "ROOT" || at!.startsWith("ROOT/")).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(StageFailure);
      }
      expect(readdirSync(outside)).toEqual(["secret"]);
      expect(readdirSync(directory).sort()).toEqual(["outside", "root"]);
    }),
    { numRuns: 200 },
  );
});

test("openInside() leaves no descriptor open", () => {
  const count = () => readdirSync("/proc/self/fd").length;
  symlinkSync("../etc/file", join(rootPath, "run/link"));
  const before = count();
  for (let turn = 0; turn < 20; turn++) {
    walk("/run/link");
    walk("/run/nothing/there");
    expect(() => walk("/etc/file/x/y", "file")).toThrow();
  }
  expect(count()).toBe(before);
  expect(fstatSync(0)).toBeDefined();
});
