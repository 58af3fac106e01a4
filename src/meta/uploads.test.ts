import { afterEach, beforeEach, expect, test } from "bun:test";
import type { BlobNote, LeaseId, Meta } from "./meta.ts";
import { openSqliteMeta } from "./sqlite-meta.ts";
import { codeOf, digest, manifestRecord } from "./testing/sample-records.ts";

let meta: Meta;
let lease: LeaseId;
const row = { id: "u", repository: "a", startedAtMs: 5, offset: 0 };
const blob = { digest: digest("b"), sizeBytes: 1 };
beforeEach(async () => {
  meta = openSqliteMeta(":memory:");
  lease = await meta.leases.acquire({ purpose: "test", ttlMs: 60_000 });
});
afterEach(() => meta.close());

const take = (repository = "a") =>
  meta.uploads.take({ digest: blob.digest, upload: { id: "u", repository } });

test("take() gets an upload of which nothing has come, once, and in its repository only", async () => {
  await meta.uploads.put(row);
  expect(await take("other")).toBeUndefined();
  expect(await take()).toBeNumber();
  expect(await meta.uploads.get("u")).toBeUndefined();
  expect(await take()).toBeUndefined();
});

test("take() leaves an upload that somebody writes, or has begun", async () => {
  await meta.uploads.put(row);
  await meta.leases.lock(lease, "upload:u");
  expect(await take()).toBeUndefined();
  await meta.leases.unlock(lease, "upload:u");
  expect(await meta.uploads.begin("u")).toBe(true);
  expect(await meta.uploads.begin("u")).toBe(false);
  expect(await take()).toBeUndefined();
  expect(await meta.uploads.get("u")).toMatchObject({ offset: 1 });
});

test("deleteUnbegun() removes old uploads of which nothing has come", async () => {
  for (const [id, offset, startedAtMs] of [
    ["old", 0, 1],
    ["begun", 1, 1],
    ["new", 0, 9],
  ] as const) {
    await meta.uploads.put({ ...row, id, offset, startedAtMs });
  }
  expect(await meta.uploads.deleteUnbegun({ startedBeforeMs: 5 })).toBe(1);
  expect((await meta.uploads.olderThan(100)).map(({ id }) => id)).toEqual(["begun", "new"]);
});

const note = async () => (await meta.uploads.take({ digest: blob.digest }))!;
const linkNoted = (noted: BlobNote) => meta.repositories.linkNoted("a", { ...blob, noted });

test("linkNoted() links what take() noted", async () => {
  expect(await linkNoted(await note())).toBe(true);
  expect(await meta.repositories.hasBlob("a", blob.digest)).toEqual({ sizeBytes: 1 });
});

test("linkNoted() is false while a collector removes the blob, and when it has", async () => {
  const noted = await note();
  expect(await meta.garbage.claim([blob.digest])).toEqual([blob.digest]);
  expect(await linkNoted(noted)).toBe(false);
  await meta.garbage.settle([blob.digest]);
  expect(await linkNoted(noted)).toBe(false);
  expect(await meta.repositories.hasBlob("a", blob.digest)).toBeUndefined();
  expect(await linkNoted(await note())).toBe(true);
  expect(await meta.garbage.claim([blob.digest])).toEqual([]);
});

test("linkNoted() is false when the blob was removed and somebody else has noted it anew", async () => {
  const noted = await note();
  await meta.garbage.claim([blob.digest]);
  await meta.garbage.settle([blob.digest]);
  const other = await note();
  expect(await linkNoted(noted)).toBe(false);
  expect(await linkNoted(other)).toBe(true);
});

test("linkNoted() is false when a collector ended early and somebody else holds the blob", async () => {
  const noted = await note();
  await meta.garbage.claim([blob.digest]);
  await meta.garbage.unclaim([blob.digest]);
  await meta.leases.hold(lease, [blob.digest]);
  expect(await linkNoted(noted)).toBe(false);
});

test("putManifest() without a hold is refused while a collector removes what has its digest", async () => {
  const record = manifestRecord("m");
  const put = () => meta.repositories.putManifest("a", record, ["v1"]);
  await meta.garbage.claim([record.digest]);
  expect(await codeOf(put())).toBe("conflict");
  expect(await meta.repositories.exists("a")).toBe(false);
  await meta.garbage.settle([record.digest]);
  await put();
  expect(await meta.repositories.getManifest("a", { tag: "v1" })).toBeDefined();
});
