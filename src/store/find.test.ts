import { expect, test } from "bun:test";
import { addTestIndex, MemoryImage } from "../image/testing/memory-image.ts";
import { type Digest, digestHex, type Platform } from "../oci/mod.ts";
import { copyInto, temporaryStore } from "./testing/temporary-store.ts";

const amd64: Platform = { os: "linux", architecture: "amd64" };
const arm64: Platform = { os: "linux", architecture: "arm64" };
const s390x: Platform = { os: "linux", architecture: "s390x" };

test("find() takes names, ids, prefixes and digests of one image", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const { digest } = await temporary.add(["docker.io/library/web:latest"]);
  const image = await store.find("web");
  expect(image.raw.digest).toBe(digest);
  expect(image.record.names).toEqual(["docker.io/library/web:latest"]);
  expect(image.config.config?.Cmd).toEqual(["/bin/sh"]);
  const id = digestHex(image.id);
  for (const name of [
    "web:latest",
    "docker.io/library/web",
    `web@${digest}`,
    `web:other@${digest}`,
    digest,
    digestHex(digest),
    image.id,
    id,
    id.slice(0, 12),
    `sha256:${id.slice(0, 8)}`,
  ]) {
    expect((await store.find(name)).id).toBe(image.id);
  }
});

test("find() knows a pulled image by its repository digest", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const memory = new MemoryImage();
  await addTestIndex(memory, [amd64]);
  const indexDigest = `sha256:${"1".repeat(64)}`;
  await copyInto(store, memory, [], { repoDigests: [`docker.io/library/web@${indexDigest}`] });
  expect((await store.find(`web@${indexDigest}`)).record.names).toEqual([]);
  await expect(store.find(`other@${indexDigest}`)).rejects.toMatchObject({ code: "not-found" });
});

test("a name comes before an id prefix, a whole digest before a name", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  await temporary.add(["docker.io/library/one:latest"], { layers: [{ a: "1" }] });
  const one = await store.find("one");
  const prefix = digestHex(one.id).slice(0, 6);
  await temporary.add([`docker.io/library/${prefix}:latest`], { layers: [{ a: "2" }] });
  expect((await store.find(prefix)).id).not.toBe(one.id);
  expect((await store.find(digestHex(one.id))).id).toBe(one.id);
});

test("find() of an ambiguous prefix is a conflict that shows the ids", async () => {
  await using temporary = await temporaryStore();
  const seen = new Map<string, string>();
  // Ids are made from content, so some two of these share two digits at the latest when 256 are through.
  for (let count = 0; ; count++) {
    await temporary.add([`docker.io/library/x:${count}`], {
      layers: [],
      config: { Labels: { count: String(count) } },
    });
    const id = digestHex((await temporary.store.find(`x:${count}`)).id);
    const prefix = id.slice(0, 2);
    if (!seen.has(prefix)) {
      seen.set(prefix, id);
      continue;
    }
    const failure = temporary.store.find(prefix);
    await expect(failure).rejects.toMatchObject({ code: "conflict", hint: expect.stringContaining(id) });
    return;
  }
});

test("find() of nothing suggests what is near", async () => {
  await using temporary = await temporaryStore();
  await temporary.add(["docker.io/library/nginx:latest"]);
  await expect(temporary.store.find("ngnix")).rejects.toMatchObject({
    code: "not-found",
    message: "no such image: ngnix",
    hint: "did you mean nginx:latest?",
  });
  await expect(temporary.store.find("ff")).rejects.toMatchObject({ code: "not-found" });
  await expect(temporary.store.find("f")).rejects.toMatchObject({ code: "not-found" });
  await expect(temporary.store.find("not a name")).rejects.toMatchObject({ code: "invalid-reference" });
});

test("an index gives the child for the platform, else the host's, else the first that is here", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const memory = new MemoryImage();
  await addTestIndex(memory, [s390x, arm64, amd64]);
  await copyInto(store, memory, ["docker.io/library/multi:latest"]);
  const architecture = async (name: string, platform?: Platform) =>
    (await store.find(name, platform && { platform })).config.architecture;
  expect(await architecture("multi", s390x)).toBe("s390x");
  expect(await architecture("multi", arm64)).toBe("arm64");
  const child = await store.find("multi", { platform: s390x });
  expect(await architecture(digestHex(child.id).slice(0, 12))).toBe("s390x");
  expect(await architecture(child.raw.digest)).toBe("s390x");
  const missing = store.find("multi", { platform: { os: "linux", architecture: "riscv64" } });
  await expect(missing).rejects.toMatchObject({
    code: "not-found",
    hint: "it is here for linux/s390x, linux/arm64, linux/amd64; pull it with --platform linux/riscv64",
  });

  const sparse = new MemoryImage();
  const index = await addTestIndex(sparse, [arm64, s390x], { layers: [{ sparse: "1" }] });
  for (const digest of [...sparse.manifests.keys()]) {
    const text = new TextDecoder().decode(sparse.manifests.get(digest)!.bytes);
    const config = JSON.parse(text).config?.digest as Digest | undefined;
    const isS390x = new TextDecoder().decode(sparse.blobs.get(config!) ?? new Uint8Array()).includes("s390x");
    if (digest !== index.digest && !isS390x) sparse.manifests.delete(digest);
  }
  await copyInto(store, sparse, ["docker.io/library/sparse:latest"]);
  expect(await architecture("sparse")).toBe("s390x");
});

test("a single manifest for another platform is not found for the one asked for", async () => {
  await using temporary = await temporaryStore();
  await temporary.add(["docker.io/library/web:latest"], { platform: s390x });
  expect((await temporary.store.find("web")).config.architecture).toBe("s390x");
  await expect(temporary.store.find("web", { platform: amd64 })).rejects.toMatchObject({ code: "not-found" });
});

test("list() shows the newest first and does without a config that is damaged", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  await temporary.add(["docker.io/library/a:latest"], { layers: [{ a: "1" }] });
  await Bun.sleep(2);
  await temporary.add(["docker.io/library/b:latest"], { layers: [{ a: "2" }] });
  const [b, a] = await store.list();
  expect([b?.record.names, a?.record.names]).toEqual([
    ["docker.io/library/b:latest"],
    ["docker.io/library/a:latest"],
  ]);
  await store.blobs.delete(a!.id);
  expect((await store.list()).map((image) => image.config.os)).toEqual(["linux", "unknown"]);
  await expect(store.find("a")).rejects.toMatchObject({ code: "not-found" });
});

test("tag() gives names in any form and moves them", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  await temporary.add(["docker.io/library/a:latest"], { layers: [{ a: "1" }] });
  await temporary.add(["docker.io/library/b:latest"], { layers: [{ a: "2" }] });
  await store.tag("a", ["c", "localhost:5000/x/y:1", "b"]);
  const image = await store.find("a");
  expect(image.record.names).toEqual([
    "docker.io/library/a:latest",
    "docker.io/library/b:latest",
    "docker.io/library/c:latest",
    "localhost:5000/x/y:1",
  ]);
  expect((await store.list()).map(({ record }) => record.names.length).toSorted()).toEqual([0, 4]);
  await expect(store.tag("a", [`d@${image.raw.digest}`])).rejects.toMatchObject({
    code: "invalid-reference",
  });
});
