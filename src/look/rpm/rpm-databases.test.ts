import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { temporaryDirectory } from "../../layer/testing/layer-tar.ts";
import { berkeleyHeaders } from "./read-berkeley.ts";
import { readRpmHeader } from "./read-header.ts";
import { ndbHeaders } from "./read-ndb.ts";
import { sqliteHeaders } from "./read-sqlite.ts";
import { RpmError } from "./rpm-error.ts";
import { berkeleyOf, headerOf, ndbOf, sqliteOf } from "./testing/write-databases.ts";

const headers = [
  headerOf({ name: "plain", version: "1.0", release: "1" }),
  headerOf({ name: "epoch", version: "2.3~rc1", release: "4.el9", epoch: 2 }),
  headerOf({ name: "long", version: "v".repeat(1500), release: "0" }),
];
const packages = [
  { name: "plain", version: "1.0-1", architecture: "noarch" },
  { name: "epoch", version: "2:2.3~rc1-4.el9", architecture: "noarch" },
  { name: "long", version: `${"v".repeat(1500)}-0`, architecture: "noarch" },
];

async function readSqlite(bytes: Uint8Array) {
  await using directory = temporaryDirectory();
  const path = join(directory.path, "rpmdb.sqlite");
  writeFileSync(path, bytes);
  return [...sqliteHeaders(path)].map(readRpmHeader);
}

const formats: [string, Uint8Array, (bytes: Uint8Array) => unknown][] = [
  ["Packages.db", ndbOf(headers), (bytes) => [...ndbHeaders(bytes)].map(readRpmHeader)],
  ["Packages", berkeleyOf(headers), (bytes) => [...berkeleyHeaders(bytes)].map(readRpmHeader)],
  [
    "Packages of a big-endian machine",
    berkeleyOf(headers, false),
    (bytes) => [...berkeleyHeaders(bytes)].map(readRpmHeader),
  ],
  ["rpmdb.sqlite", sqliteOf(headers), readSqlite],
];

test.each(formats)("%s: the packages in it", async (_, bytes, read) => {
  expect(await read(bytes)).toEqual(packages);
});

test.each(
  formats,
)("%s: whatever is damaged in it, the answer is a list or one error", async (_, bytes, read) => {
  const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(damage, fc.nat(bytes.length), fc.boolean(), async (changes, length, isCut) => {
      const changed = Uint8Array.from(bytes);
      for (const [at, value] of changes) changed[at] = value;
      try {
        await read(isCut ? changed.subarray(0, length) : changed);
      } catch (error) {
        if (!(error instanceof RpmError)) throw error;
      }
    }),
    { numRuns: 60 },
  );
});

test("Packages: a chain of pages that goes round is an error", () => {
  const bytes = Uint8Array.from(berkeleyOf([headers[2]!]));
  const view = new DataView(bytes.buffer);
  view.setUint32(3 * 512 + 16, 2, true);
  expect(() => [...berkeleyHeaders(bytes)]).toThrow("the pages of a header are damaged");
});

test.each([
  [
    "a view",
    [
      "DROP TABLE Packages",
      "CREATE VIEW Packages AS WITH RECURSIVE r(blob) AS (SELECT x'00' UNION ALL SELECT blob FROM r) SELECT blob FROM r",
    ],
  ],
  [
    "a computed column",
    ["DROP TABLE Packages", "CREATE TABLE Packages (hnum INTEGER, blob BLOB AS (zeroblob(900000000)))"],
  ],
  ["another table", ["ALTER TABLE Packages RENAME TO Others"]],
  ["another column", ["ALTER TABLE Packages RENAME COLUMN blob TO bytes"]],
])("rpmdb.sqlite: %s in the place of the table is refused, and never asked", async (_, statements) => {
  await expect(readSqlite(sqliteOf([], statements))).rejects.toBeInstanceOf(RpmError);
});

test("readRpmHeader() refuses what points outside, and what has no name", () => {
  expect(() => readRpmHeader(headerOf({ version: "1", release: "1" }))).toThrow("a package has no name");
  const header = Buffer.from(headers[0]!);
  header.writeUInt32BE(0xfffffff0, 8 + 8);
  expect(() => readRpmHeader(header)).toThrow("points outside itself");
  header.writeUInt32BE(0x10000000, 0);
  expect(() => readRpmHeader(header)).toThrow("longer than its record");
});
