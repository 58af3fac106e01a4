import { describe, expect, test } from "bun:test";
import { collect } from "../lib/mod.ts";
import {
  type Descriptor,
  digestOf,
  encodeConfig,
  encodeManifest,
  mediaTypes,
  parseConfig,
  parseManifest,
  parsePlatform,
} from "../oci/mod.ts";
import { changeImage, newImage } from "./compose-image.ts";
import { imageFrom } from "./image.ts";
import { addTestImage, addTestIndex, MemoryImage } from "./testing/memory-image.ts";
import { verified } from "./verified.ts";

const amd64 = parsePlatform("linux/amd64");
const armv6 = parsePlatform("linux/arm/v6");

describe("imageFrom()", () => {
  test("gives manifest, config bytes and layers with their diffIDs", async () => {
    const source = new MemoryImage();
    await addTestImage(source, { layers: [{ a: "1" }, { b: "2" }] });
    const image = await imageFrom(source);
    expect(image.raw.digest).toBe(source.rootDigest!);
    expect(image.id).toBe(digestOf(image.configBytes));
    expect(image.platform).toEqual(amd64);
    expect(image.layers.map(({ diffId }) => diffId)).toEqual(image.config.rootfs.diff_ids);
    for (const { descriptor, diffId } of image.layers) {
      expect(digestOf(Bun.gunzipSync(new Uint8Array(source.blobs.get(descriptor.digest)!)))).toBe(diffId);
    }
  });

  test("finds a platform through an index, also a lower variant and a nested index", async () => {
    const source = new MemoryImage();
    const inner = await addTestIndex(source, [amd64, armv6]);
    source.addManifest(encodeManifest({ kind: "index", mediaType: mediaTypes.ociIndex, manifests: [inner] }));
    expect((await imageFrom(source, { platform: parsePlatform("linux/arm/v7") })).platform).toEqual(armv6);
  });

  test("looks into the configs where an index does not name platforms", async () => {
    const source = new MemoryImage();
    const bare = (descriptor: Descriptor) =>
      ({ ...descriptor, platform: undefined }) as unknown as Descriptor;
    const manifests = [
      bare(await addTestImage(source, { platform: armv6 })),
      bare(await addTestImage(source, { platform: amd64 })),
    ];
    source.addManifest(encodeManifest({ kind: "index", mediaType: mediaTypes.ociIndex, manifests }));
    expect((await imageFrom(source, { platform: armv6 })).platform).toEqual(armv6);
    expect((await imageFrom(source, { platform: amd64 })).platform).toEqual(amd64);
  });

  test("refuses a manifest whose layers are not the config's", async () => {
    const source = new MemoryImage();
    await addTestImage(source);
    const manifest = parseManifest((await source.root()).bytes);
    if (manifest.kind !== "manifest") throw new Error("not a manifest");
    source.addManifest(encodeManifest({ ...manifest, layers: [] }));
    await expect(imageFrom(source)).rejects.toThrow("the manifest has 0 layers, its config 1");
  });
});

describe("verified()", () => {
  const bytes = new TextEncoder().encode("content");
  const good = { digest: digestOf(bytes), size: bytes.length };
  const read = (expected: typeof good) =>
    collect(verified([bytes.subarray(0, 3), bytes.subarray(3)], expected), 100, "test");

  test("passes the right bytes through, sha512 too", async () => {
    expect(await read(good)).toEqual(bytes);
    expect(await read({ ...good, digest: digestOf(bytes, "sha512") })).toEqual(bytes);
  });

  test.each([
    ["too many bytes", { ...good, size: 5 }, "more than the announced 5 bytes"],
    ["too few bytes", { ...good, size: 9 }, "7 of 9 bytes"],
    ["other bytes", { ...good, digest: digestOf("x") }, "the bytes have the digest"],
  ])("refuses %s", async (_, expected, message) => {
    await expect(read(expected)).rejects.toThrow(message);
  });

  test("stops an endless stream at once", async () => {
    function* endless() {
      for (;;) yield bytes;
    }
    await expect(collect(verified(endless(), good), 2 ** 30, "test")).rejects.toThrow("more than");
  });
});

describe("newImage() and changeImage()", () => {
  const layer = (name: string, mediaType: string = mediaTypes.ociLayerGzip) => ({
    descriptor: { mediaType, digest: digestOf(`${name}.gz`), size: 10 },
    diffId: digestOf(name),
  });
  const parts = {
    platform: armv6,
    layers: [layer("a")],
    history: [{ created_by: "A" }, { created_by: "B", empty_layer: true }],
    created: "2026-01-02T03:04:05Z",
    config: { Cmd: ["sh"] },
  };

  test("equal parts give equal bytes", () => {
    expect(newImage(parts).raw).toEqual(newImage({ ...parts }).raw);
    expect(new TextDecoder().decode(newImage(parts).configBytes)).toBe(
      `{"created":"2026-01-02T03:04:05Z","architecture":"arm","os":"linux","variant":"v6","config":{"Cmd":["sh"]},` +
        `"rootfs":{"type":"layers","diff_ids":["${digestOf("a")}"]},` +
        `"history":[{"created_by":"A"},{"created_by":"B","empty_layer":true}]}`,
    );
  });

  test("speaks Docker's media types when asked, also for layers that came with OCI's", () => {
    const { manifest } = newImage({ ...parts, family: "docker", annotations: { a: "b" } });
    expect(manifest).toMatchObject({
      mediaType: mediaTypes.dockerManifest,
      config: { mediaType: mediaTypes.dockerConfig },
      layers: [{ mediaType: mediaTypes.dockerLayerGzip, digest: digestOf("a.gz") }],
    });
    expect(manifest.annotations).toBeUndefined();
  });

  test("refuses a history that does not match the layers", () => {
    expect(() => newImage({ ...parts, history: [] })).not.toThrow();
    expect(() => newImage({ ...parts, layers: [] })).toThrow("an image of 0 layers has a history of 1");
  });

  test("puts layers and history on a base and keeps what it does not know", async () => {
    const source = new MemoryImage();
    await addTestImage(source, { family: "docker" });
    const plain = await imageFrom(source);
    const text = new TextDecoder()
      .decode(encodeConfig(plain.config))
      .replace("{", '{"x-big": 12345678901234567890,');
    const configBytes = new TextEncoder().encode(text);
    const base = { ...plain, configBytes, config: parseConfig(configBytes) };
    const changed = changeImage(base, {
      layers: [layer("b")],
      history: [{ created_by: "B" }],
      config: { ...base.config.config, User: "1" },
      created: "2026-02-02T00:00:00Z",
    });
    const after = new TextDecoder().decode(changed.configBytes);
    expect(after).toStartWith('{"x-big":12345678901234567890,"created":"2026-02-02T00:00:00Z"');
    expect(changed.config.history?.map((entry) => entry.created_by)).toEqual(["layer 0", "B"]);
    expect(changed.config.config).toEqual({ Env: ["PATH=/bin"], Cmd: ["/bin/sh"], User: "1" });
    expect(changed.manifest.layers.map((each) => each.mediaType)).toEqual(
      Array(2).fill(mediaTypes.dockerLayerGzip),
    );
    expect(changed.configDescriptor.digest).toBe(digestOf(changed.configBytes));
  });
});
