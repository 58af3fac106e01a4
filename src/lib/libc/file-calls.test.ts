import { afterAll, beforeAll, expect, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AT_SYMLINK_NOFOLLOW,
  cString,
  errnoName,
  fileCalls,
  OPEN_DIRECTORY,
  ok,
  readDirectory,
  removeXattrAt,
  setXattrAt,
  statusAt,
  xattrsAt,
} from "./mod.ts";

const root = mkdtempSync(join(tmpdir(), "kasane-libc-"));
const isRoot = process.getuid?.() === 0;
let directory: number;

beforeAll(() => {
  directory = openSync(root, OPEN_DIRECTORY);
});
afterAll(() => {
  closeSync(directory);
  rmSync(root, { recursive: true });
});

test("calls answer -errno and ok() makes it an error", () => {
  const result = fileCalls().mkdirat(directory, cString("a/b"), 0o755);
  expect(errnoName(-result)).toBe("ENOENT");
  expect(() => ok(result, "mkdirat", "a/b")).toThrow('ENOENT: mkdirat "a/b"');
});

test("statusAt() sees a symlink itself, its time to the nanosecond, and nothing as undefined", () => {
  const name = cString("link");
  ok(fileCalls().symlinkat(cString("/nowhere"), directory, name), "symlinkat");
  const time = BigInt64Array.of(-5n, 7n, -5n, 123_456_789n);
  ok(fileCalls().utimensat(directory, name, time, AT_SYMLINK_NOFOLLOW), "utimensat");
  expect(statusAt(directory, name)).toMatchObject({
    kind: "symlink",
    sizeBytes: 8,
    modified: { seconds: -5, nanoseconds: 123_456_789 },
  });
  expect(statusAt(directory, cString("absent"))).toBeUndefined();
  expect(statusAt(directory)).toMatchObject({ kind: "directory", mode: 0o700 });
});

test("names that are not UTF-8 are kept", () => {
  const name = Uint8Array.of(0x6b, 0xe4, 0x73);
  ok(fileCalls().mkdirat(directory, cString(name), 0o755), "mkdirat");
  expect(readDirectory(directory).map((entry) => Buffer.from(entry).toString("hex"))).toContain("6be473");
  // Read a second time: the position of the descriptor does not matter.
  expect(readDirectory(directory).length).toBeGreaterThan(0);
});

test("a directory of many names is read whole", () => {
  ok(fileCalls().mkdirat(directory, cString("many"), 0o755), "mkdirat");
  for (let i = 0; i < 1500; i++) writeFileSync(join(root, "many", `name-${i}`), "");
  const many = openSync(join(root, "many"), OPEN_DIRECTORY);
  expect(readDirectory(many)).toHaveLength(1500);
  closeSync(many);
});

test("xattrs are set, read and removed without following links", () => {
  writeFileSync(join(root, "file"), "");
  const name = Buffer.from("file");
  expect(setXattrAt(directory, name, "user.b", Uint8Array.of(0, 255))).toBe(0);
  expect(setXattrAt(directory, name, "user.a", new Uint8Array(0))).toBe(0);
  expect([...xattrsAt(directory, name)]).toEqual([
    ["user.a", new Uint8Array(0)],
    ["user.b", Uint8Array.of(0, 255)],
  ]);
  expect(removeXattrAt(directory, name, "user.a")).toBe(0);
  expect([...xattrsAt(directory, name).keys()]).toEqual(["user.b"]);
  expect(xattrsAt(directory).size).toBe(0);
  // User attributes cannot stand on a symlink: the call must not have gone through it.
  ok(fileCalls().symlinkat(cString("file"), directory, cString("to-file")), "symlinkat");
  expect(errnoName(-setXattrAt(directory, Buffer.from("to-file"), "user.x", Uint8Array.of(1)))).toBe("EPERM");
});

test.skipIf(!isRoot)("mknodat() makes devices with large numbers", () => {
  const name = cString("device");
  ok(fileCalls().mknodat(directory, name, 0o20600, 259, 70_000), "mknodat");
  expect(statusAt(directory, name)).toMatchObject({
    kind: "character-device",
    deviceMajor: 259,
    deviceMinor: 70_000,
  });
});
