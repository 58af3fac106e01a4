import { expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, open, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLocalStore } from "./open-local-store.ts";
import { imageOfLayers } from "./testing/image-of-layers.ts";
import { temporaryStore } from "./testing/temporary-store.ts";

const names = async (root: string, folder: string) => (await readdir(join(root, folder))).toSorted();

test("prune() takes garbage only; dangling images and unused ones when asked", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  await temporary.add(["docker.io/library/a:latest"], { layers: [{ a: "1" }] });
  const { digest } = await temporary.add(["docker.io/library/a:latest"], { layers: [{ a: "2" }] });
  await temporary.add(["docker.io/library/b:latest"], { layers: [{ a: "3" }] });
  await store.meta.images.put({ target: digest, names: [], repoDigests: [`docker.io/library/a@${digest}`] });
  expect(await store.prune()).toEqual({ images: [], untagged: [], deleted: [], freedBytes: 0 });
  expect(await store.list()).toHaveLength(3);
  const dangling = await store.prune({ dangling: true });
  expect(dangling.deleted).toHaveLength(3);
  expect(dangling.freedBytes).toBeGreaterThan(0);
  expect(await store.list()).toHaveLength(2);
  expect((await store.prune({ all: true })).untagged.toSorted()).toEqual([
    "docker.io/library/a:latest",
    `docker.io/library/a@${digest}`,
    "docker.io/library/b:latest",
  ]);
  expect(await store.list()).toEqual([]);
  expect(await Array.fromAsync(store.blobs.list())).toEqual([]);
});

test("prune() leaves what a lease of another process holds", async () => {
  await using temporary = await temporaryStore();
  const other = await openLocalStore(temporary.root);
  await other.withLease("build", async (lease) => {
    const tar = new Uint8Array(10_240);
    const layer = await other.writeLayer({ tar: [tar] }, { lease, compression: "zstd", mediaTypes: "oci" });
    await temporary.store.prune({ all: true, uploadsOlderThanMs: 0 });
    expect(await other.blobs.stat(layer.descriptor.digest)).toBeDefined();
    expect((await other.layerIndex(layer.descriptor, layer.diffId)).entries).toEqual([]);
  });
  expect((await temporary.store.prune()).deleted).toHaveLength(1);
  await other.close();
});

test("prune() sweeps strangers, old uploads, and what the dead left", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  await temporary.add(["docker.io/library/a:latest"]);
  const before = { blobs: await names(root, "blobs/sha256"), indexes: await names(root, "indexes/sha256") };
  await writeFile(join(root, "blobs/sha256", "ab".repeat(32)), "stranger");
  await writeFile(join(root, "indexes/sha256", "ab".repeat(32)), "stranger");
  await writeFile(join(root, "indexes/sha256", `${"ab".repeat(32)}.1234`), "half");
  await mkdir(join(root, "tmp/left/deep"), { recursive: true });
  await mkdir(join(root, "containers/gone/upper"), { recursive: true });
  const upload = await store.blobs.begin({ id: "old" });
  await upload.write(new Uint8Array(77));
  await upload.suspend();
  await store.meta.uploads.put({ id: "old", repository: "r", startedAtMs: 0, offset: 77 });

  expect((await store.prune()).freedBytes).toBe("strangerstrangerhalf".length);
  expect(await names(root, "blobs/sha256")).toEqual(before.blobs);
  expect(await names(root, "indexes/sha256")).toEqual(before.indexes);
  expect([await names(root, "tmp"), await names(root, "containers")]).toEqual([[], []]);
  expect(await names(root, "uploads")).toHaveLength(1);
  expect((await store.prune({ uploadsOlderThanMs: -1 })).freedBytes).toBe(77);
  expect(await names(root, "uploads")).toEqual([]);
  expect(await store.meta.uploads.get("old")).toBeUndefined();
});

test("work directories live until they are disposed of, whatever their modes are", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  const work = await store.workDirectory("build ../x");
  expect(work.path.startsWith(join(root, "tmp", "build"))).toBe(true);
  await mkdir(join(work.path, "a/b"), { recursive: true });
  await writeFile(join(work.path, "a/b/c"), "");
  await chmod(join(work.path, "a/b"), 0);
  await chmod(join(work.path, "a"), 0o555);
  await store.prune();
  expect(await names(root, "tmp")).toHaveLength(1);
  await work.dispose();
  await work.dispose();
  expect(await names(root, "tmp")).toEqual([]);
  const left = await store.workDirectory("left");
  await chmod(left.path, 0);
  const other = await openLocalStore(root);
  await other.prune();
  expect(await names(root, "tmp")).toHaveLength(1);
  await store.withLease("x", async () => {});
  await other.close();
});

const canMakeImmutable =
  process.getuid?.() === 0 &&
  Bun.which("chattr") !== null &&
  Bun.spawnSync(["sh", "-c", 'f=$(mktemp) && chattr +i "$f" && chattr -i "$f"; s=$?; rm -f "$f"; exit $s'])
    .exitCode === 0;

test.skipIf(!canMakeImmutable)("an immutable file does not stop a prune (root)", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  await mkdir(join(root, "tmp/stuck/deep"), { recursive: true });
  await writeFile(join(root, "tmp/stuck/deep/file"), "");
  Bun.spawnSync(["chattr", "+i", join(root, "tmp/stuck/deep/file")]);
  await store.prune();
  expect(await names(root, "tmp")).toEqual([]);
});

test("containers with a row, or held, keep their directories", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  const { digest } = await temporary.add(["docker.io/library/a:latest"]);
  await store.meta.containers.put({ id: "known", name: "k", image: digest, value: "", createdAtMs: 0 });
  for (const id of ["known", "starting", "gone"]) await mkdir(join(root, "containers", id));
  await store.withLease("run", async (lease) => {
    await store.meta.leases.hold(lease, ["container:starting"]);
    await store.prune();
    expect(await names(root, "containers")).toEqual(["known", "starting"]);
  });
});

/** A file system of a few megabytes; undefined where none can be mounted. */
async function smallDisk(megabytes: number) {
  const path = await mkdtemp(join(tmpdir(), "kasane-full-"));
  const options = ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path];
  const isMounted = process.getuid?.() === 0 && Bun.spawnSync(["mount", ...options]).exitCode === 0;
  const dispose = async () => {
    if (isMounted) Bun.spawnSync(["umount", path]);
    await rm(path, { recursive: true });
  };
  return { path, isMounted, [Symbol.asyncDispose]: dispose };
}

test("a disk that is full to the last block can be emptied (root)", async () => {
  await using disk = await smallDisk(12);
  if (!disk.isMounted) return console.warn("skipped: a small file system cannot be mounted here");
  const store = await openLocalStore(join(disk.path, "store"));
  let count = 0;
  const pull = () => {
    const content = crypto.getRandomValues(new Uint8Array(300_000));
    return imageOfLayers(store, `x${count++}`, [
      [{ path: "f", content: Buffer.from(content).toString("base64") }],
    ]);
  };
  const fill = async () => {
    for (;;) await pull();
  };
  await expect(fill()).rejects.toMatchObject({ code: "no-space", hint: expect.stringContaining("prune") });
  const filler = await open(join(disk.path, "filler"), "w");
  const write = async () => {
    for (;;) await filler.write(new Uint8Array(512));
  };
  await expect(write()).rejects.toMatchObject({ code: "ENOSPC" });
  await filler.close();

  expect((await store.list()).length).toBeGreaterThan(5);
  expect((await store.remove("x0")).freedBytes).toBeGreaterThan(100_000);
  expect((await store.prune({ all: true, uploadsOlderThanMs: -1 })).untagged.length).toBeGreaterThan(4);
  expect(await store.list()).toEqual([]);
  await pull();
  expect(await store.list()).toHaveLength(1);
  await store.close();
});
