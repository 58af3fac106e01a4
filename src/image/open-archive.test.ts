import { afterAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { isKasaneError } from "../lib/mod.ts";
import { digestHex, digestOf, layerMediaType } from "../oci/mod.ts";
import { imageFrom } from "./image.ts";
import { anImage, legacyArchive, loadAll, tarOf, text, whole } from "./testing/archive-tar.ts";
import { writeArchive } from "./write-archive.ts";

const root = await mkdtemp(join(tmpdir(), "open-archive-test-"));
afterAll(() => rm(root, { recursive: true }));
const tempDir = await mkdtemp(join(root, "temp-"));

describe("openArchive()", () => {
  test("reads docker-archives of old Dockers: layers keep their bytes, and their diffID is their digest", async () => {
    const layers = [await tarOf({ a: "1" }), await tarOf({ b: "2" })];
    const { tar, config, diffIds } = await legacyArchive(layers);
    const file = join(root, "legacy.tar");
    await writeFile(file, tar);
    for (const input of [file, [tar]]) {
      const { format, images } = await loadAll(input, tempDir);
      expect(format).toBe("docker");
      expect(images[0]!.names).toEqual(["docker.io/library/app:1", "host:5000/app:2"]);
      const image = await imageFrom(images[0]!.image);
      expect(image.id).toBe(digestOf(config));
      expect(image.layers).toEqual(
        layers.map((layer, index) => ({
          descriptor: {
            mediaType: layerMediaType("oci", "none"),
            digest: diffIds[index]!,
            size: layer.length,
          },
          diffId: diffIds[index]!,
        })),
      );
    }
  });

  test("follows symbolic and hard links inside the archive", async () => {
    const layer = await tarOf({ a: "1" });
    const { tar, diffIds } = await legacyArchive([layer, layer, layer, layer], {
      "layer1/layer.tar": "->../layer0/layer.tar",
      "layer2/layer.tar": "=>layer0/layer.tar",
      layer3: "->./layer1/",
    });
    const { images } = await loadAll([tar], tempDir);
    expect((await imageFrom(images[0]!.image)).layers.map(({ diffId }) => diffId)).toEqual(diffIds);
  });

  test("keeps compressed layers as they are", async () => {
    const layer = Bun.gzipSync(new Uint8Array(await tarOf({ a: "1" })));
    const { images } = await loadAll([(await legacyArchive([layer])).tar], tempDir);
    expect((await imageFrom(images[0]!.image)).layers[0]!.descriptor).toEqual({
      mediaType: layerMediaType("oci", "gzip"),
      digest: digestOf(layer),
      size: layer.length,
    });
  });

  test.each(["xz", "bzip2"].filter((program) => Bun.which(program)))("reads through %s", async (program) => {
    const { tar } = await legacyArchive([await tarOf({ a: "1" })]);
    const packed = Bun.spawnSync([program, "-c"], { stdin: tar }).stdout;
    const file = join(root, `legacy.tar.${program}`);
    await writeFile(file, packed);
    expect((await loadAll(file, tempDir)).images.length).toBe(1);
    expect((await loadAll([packed], tempDir)).images.length).toBe(1);
    await expect(loadAll([packed.subarray(0, packed.length - 40)], tempDir)).rejects.toMatchObject({
      code: "invalid-archive",
    });
  });

  test("takes names from ref.name where it is a full name, and from manifest.json", async () => {
    const image = await anImage();
    const raw = await image.root();
    const files: Record<string, string | Uint8Array> = { "oci-layout": '{"imageLayoutVersion":"1.0.0"}' };
    for (const [digest, bytes] of [...image.blobs, [raw.digest, raw.bytes] as const]) {
      files[`./blobs/sha256/${digestHex(digest)}`] = bytes;
    }
    const read = async (refName: string | undefined, tags: string[] = []) => {
      const annotations = refName === undefined ? {} : { "org.opencontainers.image.ref.name": refName };
      const descriptor = {
        mediaType: raw.mediaType,
        digest: raw.digest,
        size: raw.bytes.length,
        annotations,
      };
      const config = (await imageFrom(image)).id;
      files["index.json"] = JSON.stringify({ schemaVersion: 2, manifests: [descriptor] });
      files["manifest.json"] = JSON.stringify([
        { Config: `blobs/sha256/${digestHex(config)}`, RepoTags: tags },
      ]);
      const { images } = await loadAll([await tarOf(files)], tempDir);
      return [images[0]!.names, images[0]!.refNames];
    };
    expect(await read("localhost/app:1")).toEqual([["localhost/app:1"], ["localhost/app:1"]]);
    expect(await read("v1")).toEqual([[], ["v1"]]);
    expect(await read("not:a:name")).toEqual([[], ["not:a:name"]]);
    expect(await read(undefined, ["busybox:1"])).toEqual([["docker.io/library/busybox:1"], []]);
    expect(await read(undefined)).toEqual([[], []]);
  });

  const config = {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [digestOf("x")] },
  };
  const manifest = (entry: object) => JSON.stringify([{ Config: "c.json", Layers: ["l.tar"], ...entry }]);
  test.each<[string, Record<string, string>, string, string]>([
    ["nothing of an image", { a: "b" }, "invalid-archive", "neither index.json nor manifest.json"],
    ["only Docker's first format", { repositories: "{}" }, "unsupported", "before 1.10"],
    ["a manifest.json that is no JSON", { "manifest.json": "x" }, "invalid-archive", "not valid JSON"],
    ["a manifest.json that is an object", { "manifest.json": "{}" }, "invalid-archive", "not a list"],
    ["deep JSON", { "manifest.json": "[".repeat(100_000) }, "limit-exceeded", "nested deeper"],
    ["a missing config", { "manifest.json": manifest({}) }, "invalid-archive", '"c.json", which is not'],
    [
      "a missing layer",
      { "manifest.json": manifest({}), "c.json": JSON.stringify(config) },
      "invalid-archive",
      '"l.tar", which is not',
    ],
    [
      "a bad name",
      { "manifest.json": manifest({ RepoTags: ["UPPER/a"], Config: 1 }) },
      "invalid-archive",
      "without Config",
    ],
    [
      "a name that is none",
      { "manifest.json": manifest({ RepoTags: ["a b"] }) },
      "invalid-archive",
      "a name that is none",
    ],
    [
      "too many layers",
      {
        "manifest.json": manifest({ Layers: ["l.tar", "l.tar"] }),
        "c.json": JSON.stringify(config),
        "l.tar": "x",
      },
      "invalid-archive",
      "names 2 layers, and the config 1",
    ],
    [
      "a config outside",
      { "manifest.json": manifest({ Config: "../../../etc/passwd" }) },
      "invalid-archive",
      "not in the archive",
    ],
    [
      "an absolute link",
      { "manifest.json": manifest({}), "c.json": "->/etc/passwd" },
      "invalid-archive",
      "not in the archive",
    ],
    [
      "a link loop",
      { "manifest.json": manifest({}), "c.json": "->d.json", "d.json": "->c.json" },
      "invalid-archive",
      "not in the archive",
    ],
  ])("refuses %s", async (_, files, code, message) => {
    await expect(loadAll([await tarOf(files)], tempDir)).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
    expect(await readdir(tempDir)).toEqual([]);
  });

  test("refuses what is no tar and what is not there, and leaves nothing behind", async () => {
    await expect(loadAll([text("hello ".repeat(200))], tempDir)).rejects.toMatchObject({
      code: "invalid-archive",
    });
    await expect(loadAll([], tempDir)).rejects.toMatchObject({ code: "invalid-archive" });
    await expect(loadAll(join(root, "nothing.tar"), tempDir)).rejects.toMatchObject({ code: "not-found" });
    const { tar } = await legacyArchive([await tarOf({ a: "1" })]);
    await expect(loadAll([tar.subarray(0, 1500)], tempDir)).rejects.toMatchObject({
      code: "invalid-archive",
    });
    expect(await readdir(tempDir)).toEqual([]);
  });

  test("does not pass on a layer that is not what the config says", async () => {
    const layer = await tarOf({ a: "1" });
    const { tar } = await legacyArchive([layer]);
    const at = Buffer.from(tar).indexOf(Buffer.from(layer.subarray(0, 100)));
    tar[at + 520] = 0x32;
    await expect(loadAll([tar], tempDir)).rejects.toMatchObject({ code: "digest-mismatch" });
  });

  test("throws nothing but KasaneErrors for damaged archives, and leaves nothing behind", async () => {
    const image = await anImage();
    const input = [{ source: image, names: ["docker.io/library/a:1"] }];
    const good = [
      (await legacyArchive([await tarOf({ a: "1" }), await tarOf({ b: "2" })])).tar,
      await whole(writeArchive(input, { format: "docker" })),
    ];
    const damage = fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...good),
        fc.array(damage, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (tar, damages, isCut) => {
          const bad = tar.slice(0, isCut ? Math.floor(tar.length * damages[0]!.at) : tar.length);
          for (const { at, bytes } of damages) {
            const start = Math.floor(bad.length * at);
            bad.set(bytes.subarray(0, bad.length - start), start);
          }
          try {
            await loadAll([bad], tempDir);
          } catch (error) {
            if (!isKasaneError(error)) throw error;
          }
          expect(await readdir(tempDir)).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
