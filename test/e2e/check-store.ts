import { Database } from "bun:sqlite";
import { expect } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { treeOf } from "../../src/layer/testing/tree-of.ts";
import { collect } from "../../src/lib/mod.ts";
import { type Descriptor, type Digest, digestAlgorithm, digestHex, digestOf } from "../../src/oci/mod.ts";
import { type LocalStore, openLocalStore } from "../../src/store/mod.ts";

/** The trees of unpacked layers as they should be, by directory name. */
export type ExpectedTrees = ReadonlyMap<string, readonly string[]>;

const names = (...path: string[]) => readdir(join(...path)).catch(() => [] as string[]);

/**
 * A store that nobody works on at the moment opens; its images, index and unpacked layers are whole; and a prune leaves exactly what
 * they need.
 */
export async function checkStore(root: string, trees: ExpectedTrees): Promise<void> {
  const store = await openLocalStore(root);
  try {
    const live = await checkImages(store);
    await checkUnpacked(root, trees);
    await checkLayoutIndex(store);
    await store.prune({ uploadsOlderThanMs: -1 });
    await checkNothingElse(store, live);
    expect(await checkImages(store)).toEqual(live);
    await checkUnpacked(root, trees);
  } finally {
    await store.close();
  }
  const database = new Database(join(root, "meta.db"));
  expect(database.query("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  expect(database.query("PRAGMA foreign_key_check").all()).toEqual([]);
  for (const table of ["leases", "lease_keys", "lease_locks", "claims"]) {
    expect({ table, rows: database.query(`SELECT * FROM ${table}`).all() }).toEqual({ table, rows: [] });
  }
  database.close();
}

interface Live {
  readonly blobs: Set<Digest>;
  readonly diffIds: Set<Digest>;
}

/** Every blob of every image is there, with the digest it should have. */
async function checkImages(store: LocalStore): Promise<Live> {
  const live: Live = { blobs: new Set(), diffIds: new Set() };
  const visit = async (digest: Digest): Promise<void> => {
    const record = await store.meta.manifests.get(digest);
    expect(record).toBeDefined();
    live.blobs.add(digest);
    const blobs: Descriptor[] = [...(record!.config ? [record!.config] : []), ...record!.layers];
    for (const blob of blobs) live.blobs.add(blob.digest);
    for (const layer of record!.layers) {
      const known = await store.meta.layers.byBlob(layer.digest);
      if (known) live.diffIds.add(known.diffId);
    }
    for (const child of record!.children) await visit(child.digest);
  };
  for (const { target } of await store.meta.images.list()) await visit(target);
  for (const digest of live.blobs) {
    const bytes = await collect(await store.blobs.open(digest), 2 ** 26, "blob");
    expect(digestOf(bytes, digestAlgorithm(digest))).toBe(digest);
  }
  expect(await store.list()).toHaveLength((await store.meta.images.list()).length);
  return live;
}

async function checkUnpacked(root: string, trees: ExpectedTrees): Promise<void> {
  for (const name of await names(root, "unpacked")) {
    const expected = trees.get(name);
    if (expected) expect(treeOf(join(root, "unpacked", name, "fs"))).toEqual([...expected]);
  }
}

async function checkLayoutIndex(store: LocalStore): Promise<void> {
  const index = await Bun.file(join(store.root, "index.json")).json();
  const { revision, images } = await store.meta.images.snapshot();
  expect(index.annotations["org.kasane.revision"]).toBe(String(revision));
  expect(new Set(index.manifests.map((entry: { digest: string }) => entry.digest))).toEqual(
    new Set(images.map((image) => image.target as string)),
  );
}

async function checkNothingElse(store: LocalStore, live: Live): Promise<void> {
  const { root } = store;
  const sorted = (digests: Set<Digest>) => [...digests].map(digestHex).toSorted();
  expect((await names(root, "blobs/sha256")).toSorted()).toEqual(sorted(live.blobs));
  expect(await names(root, "uploads")).toEqual([]);
  expect(await names(root, "tmp")).toEqual([]);
  const diffIds = sorted(live.diffIds);
  for (const name of await names(root, "indexes/sha256")) expect(diffIds).toContain(name);
  for (const name of await names(root, "unpacked")) {
    expect(name).not.toContain(".");
    const { diffId } = await Bun.file(join(root, "unpacked", name, "layer.json")).json();
    expect(live.diffIds.has(diffId)).toBe(true);
  }
}
