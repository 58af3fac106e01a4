import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestOf } from "../oci/mod.ts";
import { collectGarbage } from "./collect-garbage.ts";
import type { LocalStore } from "./local-store.ts";
import { openLocalStore } from "./open-local-store.ts";
import { temporaryStore } from "./testing/temporary-store.ts";

const now = { graceMs: Number.NEGATIVE_INFINITY };

/** A blob as an upload leaves it. */
async function upload(store: LocalStore, repository: string, text: string): Promise<Digest> {
  const digest = digestOf(text);
  await store.withLease("upload", async (lease) => {
    await store.meta.leases.hold(lease, [digest]);
    const writing = await store.blobs.begin({ id: crypto.randomUUID() });
    await writing.write(new TextEncoder().encode(text));
    await writing.commit(digest);
    await store.meta.repositories.linkBlob(repository, { digest, sizeBytes: text.length });
  });
  return digest;
}

test("collectGarbage() removes rows and bytes of what is due, and nothing else", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  await temporary.add(["docker.io/library/a:latest"]);
  const before = await Array.fromAsync(store.blobs.list());
  const digest = await upload(store, "r", "hello");
  expect(await collectGarbage(store, { graceMs: 60_000 })).toMatchObject({ blobs: 0, links: 0 });
  const removed: [Digest, number][] = [];
  const report = await collectGarbage(store, { ...now, onRemoved: (...blob) => removed.push(blob) });
  expect(report).toMatchObject({ blobs: 1, freedBytes: 5, links: 1, manifests: 0, diffIds: [] });
  expect(removed).toEqual([[digest, 5]]);
  expect(await Array.fromAsync(store.blobs.list())).toEqual(before);
  expect(await collectGarbage(store, now)).toMatchObject({ reviewed: 0 });
});

test("collectGarbage() goes on step by step, and stops between two when asked", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  for (let number = 0; number < 30; number++) await upload(store, "r", `blob ${number}`);
  const stop = new AbortController();
  const first = await collectGarbage(store, {
    ...now,
    limit: 10,
    signal: stop.signal,
    onRemoved: () => stop.abort(),
  });
  expect(first.blobs).toBe(10);
  expect((await collectGarbage(store, { ...now, limit: 10 })).blobs).toBe(20);
});

test("several collectors and writers at once lose nothing and leave nothing", async () => {
  await using temporary = await temporaryStore();
  const other = await openLocalStore(temporary.root);
  const stores = [temporary.store, other];
  const wanted = new Set<Digest>();
  const write = async (store: LocalStore, round: number) => {
    const [kept, dropped] = await Promise.all([
      upload(store, "r", `kept ${round % 7}`),
      upload(store, "r", `dropped ${round}`),
    ]);
    wanted.add(kept);
    const manifest = {
      digest: digestOf(`manifest ${round % 7}`),
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      bytes: new TextEncoder().encode(`manifest ${round % 7}`),
      layers: [{ mediaType: "x/y", digest: kept, size: 6 }],
      children: [],
    };
    await store.meta.repositories.putManifest("r", manifest, [`t${round % 7}`]);
    expect(await store.meta.repositories.unlinkBlob("r", dropped)).toBe(true);
  };
  // Links wait for their push; blobs that nobody links any more go at once.
  const patience = { graceMs: 60_000, objectGraceMs: Number.NEGATIVE_INFINITY, limit: 3 };
  await Promise.all([
    ...Array.from({ length: 40 }, (_, round) => write(stores[round % 2]!, round)),
    ...Array.from({ length: 10 }, (_, round) => collectGarbage(stores[round % 2]!, patience)),
  ]);
  await collectGarbage(other, { ...now, untaggedAfterMs: Number.NEGATIVE_INFINITY });
  const left = (await Array.fromAsync(other.blobs.list())).map(({ digest }) => digest);
  expect(left.toSorted()).toEqual([...wanted].toSorted());
  await other.close();
});

test("what cannot be deleted is given back, and told", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  const digest = await upload(store, "r", "stuck");
  const failing = {
    meta: store.meta,
    root,
    blobs: {
      ...store.blobs,
      stat: store.blobs.stat.bind(store.blobs),
      delete: () => Promise.reject(new Error("stuck")),
    },
  };
  await expect(collectGarbage(failing, now)).rejects.toThrow("stuck");
  expect(await store.blobs.stat(digest)).toBeDefined();
  expect(await collectGarbage(store, now)).toMatchObject({ blobs: 1 });
  expect(await store.blobs.stat(digest)).toBeUndefined();
});

test("the index of a layer goes with its last blob", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  await temporary.add(["docker.io/library/a:latest"], { layers: [{ a: "1" }] });
  expect(await readdir(join(root, "indexes/sha256"))).toHaveLength(1);
  await store.remove("a", { prune: false });
  await collectGarbage(store, now);
  expect(await readdir(join(root, "indexes/sha256"))).toEqual([]);
  expect(await Array.fromAsync(store.blobs.list())).toEqual([]);
});
