import { expect, test } from "bun:test";
import { lstatSync, readdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../oci/mod.ts";
import { KnownDigests } from "./known-digests.ts";

async function place() {
  const path = await mkdtemp(join(tmpdir(), "kasane-known-"));
  const at = (name: string) => join(path, name);
  return {
    at,
    known: () => new KnownDigests(at("contexts"), "/context"),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

const digest = digestOf("a");
/** A build some time after the file was last changed. */
const later = () => Date.now() + 10_000;

test("KnownDigests knows a file that has not changed, in the next build", async () => {
  await using temporary = await place();
  const file = temporary.at("file");
  writeFileSync(file, "a");
  const first = temporary.known();
  expect(first.files.get("file", lstatSync(file))).toBeUndefined();
  first.files.set("file", lstatSync(file), digest, later());
  first.save();
  expect(temporary.known().files.get("file", lstatSync(file))).toBe(digest);
  expect(
    new KnownDigests(temporary.at("contexts"), "/other").files.get("file", lstatSync(file)),
  ).toBeUndefined();
});

test("KnownDigests knows nothing of a file that changed, even when its size and time are as before", async () => {
  await using temporary = await place();
  const file = temporary.at("file");
  writeFileSync(file, "a");
  const { atime, mtime } = lstatSync(file);
  const first = temporary.known();
  first.files.set("file", lstatSync(file), digest, later());
  first.save();
  // A tick of the file system's clock.
  await Bun.sleep(20);
  writeFileSync(file, "b");
  utimesSync(file, atime, mtime);
  expect(temporary.known().files.get("file", lstatSync(file))).toBeUndefined();
  // Another file in its place, older than the first.
  writeFileSync(temporary.at("other"), "c");
  utimesSync(temporary.at("other"), atime, mtime);
  renameSync(temporary.at("other"), file);
  expect(temporary.known().files.get("file", lstatSync(file))).toBeUndefined();
});

test("KnownDigests does not believe a file that was changed just before it was read", async () => {
  await using temporary = await place();
  const file = temporary.at("file");
  writeFileSync(file, "a");
  const first = temporary.known();
  first.files.set("file", lstatSync(file), digest, lstatSync(file).ctimeMs + 5);
  first.save();
  expect(temporary.known().files.get("file", lstatSync(file))).toBeUndefined();
});

test("KnownDigests takes a damaged file for none, and leaves no temporary ones", async () => {
  await using temporary = await place();
  const file = temporary.at("file");
  writeFileSync(file, "a");
  const first = temporary.known();
  first.files.set("file", lstatSync(file), digest, later());
  first.save();
  const [name] = readdirSync(temporary.at("contexts"));
  expect(readdirSync(temporary.at("contexts"))).toHaveLength(1);
  for (const rubbish of [
    "",
    "{",
    "[]",
    '{"version":2,"context":"/context"}\n{"file":1}',
    '{"version":2,"context":"/context","selections":{"a":1}}\n[["file",[1,2,3,4,5,"x"]]]',
  ]) {
    writeFileSync(join(temporary.at("contexts"), name!), rubbish);
    expect(temporary.known().files.get("file", lstatSync(file))).toBeUndefined();
  }
});
