import { expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryStore } from "../store/testing/temporary-store.ts";
import { listBuildCache } from "./build-cache.ts";
import { cacheMountDirectory, cacheMountKey } from "./cache-directories.ts";
import { pruneBuildCache } from "./prune-build-cache.ts";
import { buildFixture } from "./testing/build-fixture.ts";

async function storeWithCache() {
  const temporary = await temporaryStore();
  const { store } = temporary;
  await temporary.add(["docker.io/library/x:latest"], { layers: [{ shared: "1" }, { top: "2" }] });
  const [shared, own] = (await store.find("x")).manifest.layers;
  const put = (key: string, layer: typeof shared) =>
    store.meta.cache.put({
      key,
      value: JSON.stringify({ what: `RUN ${key}` }),
      blobs: layer ? [layer.digest] : [],
      sizeBytes: layer?.size ?? 0,
    });
  await put("first", shared);
  await put("second", own);
  await put("nothing", undefined);
  for (const name of ["aaaa", "aaaa-1"]) {
    mkdirSync(cacheMountDirectory(store, name), { recursive: true });
    writeFileSync(join(cacheMountDirectory(store, name), "file"), "12345");
  }
  return temporary;
}

test("results and cache mounts are listed, each with an id of its own", async () => {
  await using temporary = await storeWithCache();
  const { store } = temporary;
  await store.meta.cache.get("first");
  const entries = await listBuildCache(store);
  expect(new Set(entries.map(({ id }) => id)).size).toBe(5);
  for (const { id } of entries) expect(id).toMatch(/^[0-9a-f]{25}$/);
  const first = entries.find(({ key }) => key === "first");
  expect(first).toMatchObject({
    kind: "regular",
    description: "RUN first",
    uses: 2,
    isShared: true,
    isInUse: false,
  });
  const mount = entries.find(({ key }) => key === "aaaa");
  expect(mount).toMatchObject({ kind: "exec.cachemount", sizeBytes: 5, isShared: false });
});

test("without all, what an image has the layers of stays; what a build uses stays always", async () => {
  await using temporary = await storeWithCache();
  const { store } = temporary;
  await store.withLease("build", async (lease) => {
    await store.meta.leases.hold(lease, [cacheMountKey("aaaa")]);
    const { deleted, freedBytes } = await pruneBuildCache(store, {});
    expect(deleted.map(({ key }) => key).sort()).toEqual(["aaaa-1", "nothing"]);
    expect(freedBytes).toBe(5);
    const all = await pruneBuildCache(store, { all: true });
    expect(all.deleted.map(({ key }) => key).sort()).toEqual(["first", "second"]);
  });
  expect(existsSync(cacheMountDirectory(store, "aaaa"))).toBe(true);
  expect((await pruneBuildCache(store)).deleted.map(({ key }) => key)).toEqual(["aaaa"]);
  expect(await listBuildCache(store)).toEqual([]);
});

test("keepBytes keeps what was used last", async () => {
  await using temporary = await storeWithCache();
  const { store } = temporary;
  const total = (await listBuildCache(store)).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  expect((await pruneBuildCache(store, { all: true, keepBytes: total })).deleted).toEqual([]);
  const { deleted } = await pruneBuildCache(store, { all: true, keepBytes: total - 1 });
  expect(deleted.length).toBeGreaterThan(0);
  const left = await listBuildCache(store);
  expect(left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBeLessThan(total);
  const oldestLeft = Math.min(...left.map(({ usedAtMs }) => usedAtMs));
  for (const { usedAtMs } of deleted) expect(usedAtMs).toBeLessThanOrEqual(oldestLeft);
});

test("the cache is kept below its limit when a build ends: what was used last stays, what images have costs nothing", async () => {
  await using fixture = await buildFixture({ a: "a" });
  const big = (name: string) => `FROM scratch\nCOPY <<E /${name}\n${name.repeat(3000)}\nE`;
  const blobs = async (limit: number | undefined, name: string, tags: string[] = []) => {
    const made = await fixture.build(big(name), {
      compression: "none",
      tags,
      ...(limit !== undefined && { cacheLimitBytes: limit }),
    });
    await fixture.store.remove(made.raw.digest, { prune: false }).catch(() => {});
    if (tags.length > 0) await fixture.build(big(name), { compression: "none", tags });
    return made.manifest.layers[0]!.digest;
  };
  const kept = await blobs(undefined, "kept", ["docker.io/library/kept:latest"]);
  const first = await blobs(undefined, "first");
  const second = await blobs(undefined, "second");
  const sizes = await Promise.all([first, second].map((digest) => fixture.store.blobs.stat(digest)));
  const size = sizes.reduce((sum, info) => sum + (info?.sizeBytes ?? 0), 0);
  expect(await fixture.store.meta.cache.totalBytes()).toBeGreaterThan(size);
  const third = await blobs(size - 1, "third");
  const there = async (digest: typeof kept) => (await fixture.store.blobs.stat(digest)) !== undefined;
  const left = [await there(kept), await there(first), await there(second), await there(third)];
  expect(left).toEqual([true, false, true, true]);
  // Cached builds look at nothing.
  await fixture.build(big("third"), { compression: "none", cacheLimitBytes: 1 });
  expect(await there(third)).toBe(true);
});
