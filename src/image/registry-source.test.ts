import { describe, expect, test } from "bun:test";
import { openMemoryBlobs } from "../blob/mod.ts";
import { createRegistryClient } from "../distribution/mod.ts";
import { openSqliteMeta } from "../meta/mod.ts";
import { parsePlatform, parseReference } from "../oci/mod.ts";
import { createRegistry } from "../registry/mod.ts";
import { copyImage } from "./copy-image.ts";
import { imageFrom } from "./image.ts";
import { imageSinkContract } from "./image-sink.contract.ts";
import { registrySink } from "./registry-sink.ts";
import { registrySource } from "./registry-source.ts";
import { addTestImage, addTestIndex, MemoryImage } from "./testing/memory-image.ts";

/** A registry in this process, empty, and a reference in it. */
function newPlace(text = "registry.example/team/app:v1") {
  const registry = createRegistry({ blobs: openMemoryBlobs(), meta: openSqliteMeta(":memory:") });
  const reference = parseReference(text);
  return { client: createRegistryClient({ host: reference.host, fetch: registry }), reference };
}

describe("registrySink() and registrySource()", () => {
  imageSinkContract(async () => {
    const place = newPlace();
    return { sink: registrySink(place), source: async () => registrySource(place) };
  });

  test("mount what another repository has, and say from where", async () => {
    const { client, reference } = newPlace();
    const image = new MemoryImage();
    await addTestImage(image);
    await copyImage(image, registrySink({ client, reference }), { direction: "push" });
    const events: string[] = [];
    const sink = registrySink({
      client,
      reference: { ...reference, repository: "other" },
      mountFrom: () => ["missing", reference.repository],
    });
    const { blobs } = await copyImage(image, sink, {
      direction: "push",
      progress: ({ phase, detail }) => events.push(`${phase} ${detail ?? ""}`.trim()),
    });
    expect(blobs).toEqual({ copied: 0, exists: 0, mounted: 2 });
    expect(events).toEqual(["preparing", "mounted team/app"]);
  });

  test("pull one platform of an index, by tag and by digest", async () => {
    const { client, reference } = newPlace();
    const image = new MemoryImage();
    const platform = parsePlatform("linux/arm64");
    await addTestIndex(image, [parsePlatform("linux/amd64"), platform]);
    await copyImage(image, registrySink({ client, reference }), { platforms: "all" });
    const { tag: _, ...name } = reference;
    for (const wanted of [
      reference,
      { ...reference, tag: "gone", digest: image.rootDigest! },
      { ...name, digest: image.rootDigest! },
    ]) {
      expect((await imageFrom(registrySource({ client, reference: wanted }), { platform })).platform).toEqual(
        platform,
      );
    }
    await expect(
      registrySource({ client, reference: { ...name, tag: "gone" } }).root(),
    ).rejects.toMatchObject({
      code: "not-found",
    });
  });

  test("push under a digest only what has it, and under latest what has no tag", async () => {
    const { client, reference } = newPlace("registry.example/app");
    const [image, other] = [new MemoryImage(), new MemoryImage()];
    await addTestImage(image);
    await addTestImage(other, { config: { User: "1" } });
    const pinned = { client, reference: { ...reference, digest: image.rootDigest! } };
    await expect(copyImage(other, registrySink(pinned))).rejects.toMatchObject({ code: "conflict" });
    await copyImage(image, registrySink(pinned));
    expect(await client.headManifest("app", "latest")).toBeUndefined();
    await copyImage(other, registrySink({ client, reference }));
    expect((await registrySource({ client, reference }).root()).digest).toBe(other.rootDigest!);
  });

  test("read parts of a blob", async () => {
    const place = newPlace();
    const image = new MemoryImage();
    await addTestImage(image);
    await copyImage(image, registrySink(place));
    const [digest, bytes] = [...image.blobs][0]!;
    const read = async (start: number, end?: number) => {
      const range = end === undefined ? { start } : { start, end };
      return new Response(
        await registrySource(place).blob({ mediaType: "x", digest, size: bytes.length }, range),
      ).bytes();
    };
    expect(await read(5)).toEqual(bytes.subarray(5));
    expect(await read(5, 9)).toEqual(bytes.subarray(5, 9));
    expect(await read(4, 4)).toEqual(new Uint8Array());
    expect(await read(0, bytes.length)).toEqual(bytes);
  });
});
