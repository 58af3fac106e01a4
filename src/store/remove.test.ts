import { expect, test } from "bun:test";
import { addTestIndex, MemoryImage } from "../image/testing/memory-image.ts";
import { chainIds } from "../oci/mod.ts";
import { copyInto, type TemporaryStore, temporaryStore } from "./testing/temporary-store.ts";

const x = "docker.io/library/x:latest";

async function blobCount({ store }: TemporaryStore): Promise<number> {
  return (await Array.fromAsync(store.blobs.list())).length;
}

async function addContainer({ store }: TemporaryStore, name: string): Promise<void> {
  const image = await store.find(name);
  await store.meta.containers.put({
    id: "c0ffee",
    name: "web",
    image: image.raw.digest,
    value: "{}",
    createdAtMs: 0,
  });
}

test("remove() by name untags, and the last name takes the image with its bytes", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  await temporary.add([x, "docker.io/library/x:2"]);
  const image = await store.find("x");
  expect(await store.remove("x:2")).toEqual({
    untagged: ["docker.io/library/x:2"],
    deleted: [],
    freedBytes: 0,
  });
  const removed = await store.remove("x");
  expect(removed.untagged).toEqual([x]);
  expect(removed.deleted).toEqual([image.id, ...chainIds(image.config.rootfs.diff_ids).toReversed()]);
  expect(removed.freedBytes).toBeGreaterThan(image.manifest.config.size);
  expect(await blobCount(temporary)).toBe(0);
  await expect(store.remove("x")).rejects.toMatchObject({ code: "not-found" });
});

test("remove() leaves layers that another image has", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  await temporary.add([x], { layers: [{ shared: "1" }, { own: "1" }] });
  await temporary.add(["docker.io/library/y:latest"], { layers: [{ shared: "1" }] });
  const image = await store.find("x");
  expect((await store.remove("x")).deleted).toEqual([image.id, chainIds(image.config.rootfs.diff_ids)[1]!]);
  expect((await store.find("y")).manifest.layers[0]!.digest).toBe(image.manifest.layers[0]!.digest);
});

test("with its last tag in a repository an image loses the digests it has there", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const { digest } = await temporary.add([x]);
  const other = `quay.io/a/x@${digest}`;
  await store.meta.images.put({
    target: digest,
    names: [],
    repoDigests: [`docker.io/library/x@${digest}`, other],
  });
  expect(await store.remove("x")).toEqual({
    untagged: [x, `docker.io/library/x@${digest}`],
    deleted: [],
    freedBytes: 0,
  });
  expect((await store.remove(other)).deleted).toHaveLength(2);
});

test("remove() by id takes one name along, and needs force for more", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  await temporary.add([x]);
  const { id } = await store.find("x");
  await store.tag("x", ["y"]);
  await expect(store.remove(id)).rejects.toMatchObject({
    code: "conflict",
    message: `conflict: unable to delete ${id.slice(7, 19)} (must be forced) - image is referenced in multiple repositories`,
    hint: expect.stringContaining("--force: x:latest, y:latest"),
  });
  expect((await store.remove(id.slice(7, 19), { force: true })).untagged).toEqual([
    x,
    "docker.io/library/y:latest",
  ]);
  expect(await store.list()).toEqual([]);
  await temporary.add([x]);
  expect((await store.remove(id)).untagged).toEqual([x]);
});

test("prune: false keeps the bytes for the next prune", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  await temporary.add([x]);
  const { id } = await store.find("x");
  expect(await store.remove("x", { prune: false })).toEqual({ untagged: [x], deleted: [id], freedBytes: 0 });
  expect(await blobCount(temporary)).toBe(3);
  expect((await store.prune()).deleted).toHaveLength(3);
  expect(await blobCount(temporary)).toBe(0);
});

test("a container keeps its image, unless forced; its bytes stay in any case", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  await temporary.add([x, "docker.io/library/x:2"]);
  await addContainer(temporary, "x");
  const { id } = await store.find("x");
  await store.remove("x:2");
  await expect(store.remove("x")).rejects.toMatchObject({
    code: "conflict",
    message: `conflict: unable to remove repository reference "x" (must force) - container c0ffee is using its referenced image ${id.slice(7, 19)}`,
    hint: "remove container web first, or use --force",
  });
  await expect(store.remove(id)).rejects.toMatchObject({
    message: `conflict: unable to delete ${id.slice(7, 19)} (must be forced) - image is being used by stopped container c0ffee`,
  });
  expect((await store.prune({ all: true })).untagged).toEqual([]);
  expect((await store.remove("x", { force: true })).untagged).toEqual([x]);
  expect(await store.list()).toEqual([]);
  expect(await blobCount(temporary)).toBe(3);
  await store.meta.containers.delete("c0ffee");
  await store.prune();
  expect(await blobCount(temporary)).toBe(0);
});

test("a running container cannot be forced: by id a conflict, by name the image stays without one", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  await temporary.add([x]);
  await addContainer(temporary, "x");
  const { id } = await store.find("x");
  await store.withLease("run", async (lease) => {
    await store.meta.leases.hold(lease, ["container:c0ffee"]);
    await expect(store.remove(id, { force: true })).rejects.toMatchObject({
      code: "conflict",
      message: `conflict: unable to delete ${id.slice(7, 19)} (cannot be forced) - image is being used by running container c0ffee`,
    });
    expect((await store.remove("x", { force: true })).untagged).toEqual([x]);
    expect((await store.list()).map((image) => image.record.names)).toEqual([[]]);
  });
});

test("remove() of an index takes every child that is here", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const memory = new MemoryImage();
  await addTestIndex(memory, [
    { os: "linux", architecture: "amd64" },
    { os: "linux", architecture: "arm64" },
  ]);
  await copyInto(store, memory, [x]);
  const { deleted } = await store.remove("x");
  expect(deleted).toHaveLength(4);
  expect(await blobCount(temporary)).toBe(0);
});
