import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestEntry } from "../layer/testing/layer-tar.ts";
import { openLocalStore } from "./open-local-store.ts";
import { imageOfLayers as imageOf } from "./testing/image-of-layers.ts";
import { temporaryStore } from "./testing/temporary-store.ts";

const unpackedNames = async (root: string) => (await readdir(join(root, "unpacked"))).toSorted();
const text = (path: string) => readFile(path, "utf8");

test("layers unpack side by side, top first, each once for all images that have it", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  const base: TestEntry[] = [{ path: "etc/" }, { path: "etc/a", content: "1" }];
  const one = await imageOf(store, "one", [base, [{ path: "etc/" }, { path: "etc/b", content: "2" }]]);
  const two = await imageOf(store, "two", [base, [{ path: "usr/" }]]);
  await store.withLease("run", async (lease) => {
    const events: string[] = [];
    const first = await store.unpack(one, { lease, progress: ({ phase }) => events.push(phase) });
    expect(first.lower).toHaveLength(2);
    expect(await text(join(first.lower[0]!, "etc/b"))).toBe("2");
    expect(await text(join(first.lower[1]!, "etc/a"))).toBe("1");
    expect(events.filter((phase) => phase === "pulled")).toHaveLength(2);
    expect(events).toContain("extracting");
    const inode = (await stat(first.lower[1]!)).ino;
    const second = await store.unpack(two, { lease });
    expect(second.lower[1]).toBe(first.lower[1]!);
    expect((await stat(second.lower[1]!)).ino).toBe(inode);
  });
  expect(await unpackedNames(root)).toHaveLength(3);
});

test("a layer that leans on what is below has a directory for each thing below", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  const top: TestEntry[] = [
    { path: "d/new", content: "n" },
    { path: "d/link", type: "hardlink", to: "d/file" },
  ];
  const below = (content: string, mode: number): TestEntry[] => [
    { path: "d/", mode },
    { path: "d/file", content },
  ];
  const one = await imageOf(store, "one", [below("first", 0o700), top]);
  const two = await imageOf(store, "two", [below("second", 0o711), top]);
  await store.withLease("run", async (lease) => {
    const [first, second] = [await store.unpack(one, { lease }), await store.unpack(two, { lease })];
    expect(first.lower[0]).not.toBe(second.lower[0]);
    expect(await text(join(first.lower[0]!, "d/link"))).toBe("first");
    expect(await text(join(second.lower[0]!, "d/link"))).toBe("second");
    expect((await stat(join(first.lower[0]!, "d"))).mode & 0o777).toBe(0o700);
    expect((await stat(join(second.lower[0]!, "d"))).mode & 0o777).toBe(0o711);
  });
  expect(await unpackedNames(root)).toHaveLength(4);
});

test("the same layer twice is one overlay directory, where the upper one is", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const twice: TestEntry[] = [{ path: "a/" }, { path: "a/x", content: "1" }];
  const image = await imageOf(store, "x", [twice, [{ path: "a/" }, "a/.wh.x"], twice]);
  await store.withLease("run", async (lease) => {
    const { lower } = await store.unpack(image, { lease });
    expect(lower).toHaveLength(2);
    expect(existsSync(join(lower[0]!, "a/x"))).toBe(true);
  });
});

test("many at once, in two stores of one root, unpack once", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  const files: TestEntry[] = Array.from({ length: 300 }, (_, index) => ({ path: `f${index}`, content: "x" }));
  const image = await imageOf(store, "x", [files]);
  const other = await openLocalStore(root);
  let unpacked = 0;
  await Promise.all(
    [store, other, store, other].map((each) =>
      each.withLease("run", async (lease) => {
        const progress = ({ phase }: { phase: string }) => {
          if (phase === "pulled") unpacked++;
        };
        const { lower } = await each.unpack(image, { lease, progress });
        expect(existsSync(join(lower[0]!, "f299"))).toBe(true);
      }),
    ),
  );
  expect(unpacked).toBe(1);
  await other.close();
});

test("a lease keeps unpacked layers from prune, release() gives them free when the image is gone", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  const image = await imageOf(store, "x", [[{ path: "a", content: "1".repeat(1000) }]]);
  await store.withLease("run", async (lease) => {
    const unpacked = await store.unpack(image, { lease });
    expect((await store.remove("x")).untagged).toHaveLength(1);
    await store.prune({ all: true });
    expect(await text(join(unpacked.lower[0]!, "a"))).toHaveLength(1000);
    await unpacked.release();
    await unpacked.release();
    const { freedBytes } = await store.prune();
    expect(freedBytes).toBeGreaterThan(1000);
    expect(await unpackedNames(root)).toEqual([]);
  });
});

test("rmi frees the unpacked layers that only this image had", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  const shared: TestEntry[] = [{ path: "s", content: "s" }];
  const one = await imageOf(store, "one", [shared, [{ path: "o", content: "o" }]]);
  await imageOf(store, "two", [shared]);
  await store.withLease("run", async (lease) => (await store.unpack(one, { lease })).release());
  expect(await unpackedNames(root)).toHaveLength(2);
  await store.remove("one");
  expect(await unpackedNames(root)).toHaveLength(1);
  await store.remove("two");
  expect(await unpackedNames(root)).toEqual([]);
});

test("what a dead process left half unpacked is unpacked anew and swept", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  const image = await imageOf(store, "x", [[{ path: "a", content: "1" }]]);
  const key = image.config.rootfs.diff_ids[0]!.slice("sha256:".length);
  for (const name of [`${key}.deadbeef`, "stranger"]) {
    await writeFile(join(root, "unpacked", name), "").catch(() => {});
  }
  await store.withLease("run", async (lease) => {
    await (await store.unpack(image, { lease })).release();
  });
  await store.prune();
  expect((await unpackedNames(root)).map((name) => name.slice(0, 64))).toEqual([key]);
});

test("after a crash of the machine what is not whole is unpacked again, once", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const image = await imageOf(store, "x", [
    [
      { path: "a", content: "12345" },
      { path: "b", content: "1" },
    ],
  ]);
  await store.withLease("run", async (lease) => {
    const { lower } = await store.unpack(image, { lease });
    const fs = lower[0]!;
    const state = join(fs, "../layer.json");
    const age = async () => {
      const layer = JSON.parse(await text(state));
      await writeFile(state, JSON.stringify({ ...layer, bootId: "an earlier one" }));
    };
    await age();
    const { ino } = await stat(fs);
    await store.unpack(image, { lease });
    expect((await stat(fs)).ino).toBe(ino);
    expect(JSON.parse(await text(state)).bootId).toBeUndefined();

    await truncate(join(fs, "a"), 0);
    await store.unpack(image, { lease });
    expect(await text(join(fs, "a"))).toBe("");

    await age();
    await store.unpack(image, { lease });
    expect(await text(join(fs, "a"))).toBe("12345");
  });
});

test("a layer that cannot be unpacked leaves nothing behind", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  const image = await imageOf(store, "x", [[{ path: "a", content: "1" }]]);
  await store.blobs.delete(image.manifest.layers[0]!.digest);
  await store.withLease("run", async (lease) => {
    await expect(store.unpack(image, { lease })).rejects.toMatchObject({ code: "not-found" });
  });
  expect(await unpackedNames(root)).toEqual([]);
});
