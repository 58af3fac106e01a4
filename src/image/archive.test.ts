import { afterAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ByteSource, collect } from "../lib/mod.ts";
import { digestHex, digestOf, layerMediaType, parseManifest, parsePlatform } from "../oci/mod.ts";
import { readTar, type TarEntry, type TarInput, writeTar } from "../tar/mod.ts";
import { copyImage } from "./copy-image.ts";
import { imageFrom } from "./image.ts";
import { openArchive } from "./open-archive.ts";
import { addTestImage, addTestIndex, MemoryImage } from "./testing/memory-image.ts";
import { writeArchive } from "./write-archive.ts";

const root = await mkdtemp(join(tmpdir(), "archive-test-"));
afterAll(() => rm(root, { recursive: true }));
const tempDir = await mkdtemp(join(root, "temp-"));
const whole = (source: ByteSource) => collect(source, 2 ** 28, "archive");
const text = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

async function anImage(content = "x", compression: "gzip" | "zstd" | "none" = "gzip") {
  const image = new MemoryImage();
  await addTestImage(image, { layers: [{ content }, { shared: "the same" }], compression });
  return image;
}

/** A tar of files; a value that begins with `->` is a symlink, with `=>` a hard link. */
function tarOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<Uint8Array> {
  const inputs = Object.entries(files).map(([path, content]): TarInput => {
    const entry = { path, mode: 0o644, uid: 0, gid: 0, modified: { seconds: 0, nanoseconds: 0 } };
    if (typeof content === "string" && /^[-=]>/.test(content)) {
      const type = content.startsWith("-") ? "symlink" : "hardlink";
      return { entry: { ...entry, type, linkTarget: content.slice(2), sizeBytes: 0 } };
    }
    const bytes = text(content);
    const body = typeof content === "string" ? bytes : content;
    return { entry: { ...entry, type: "file", sizeBytes: body.length }, content: [body] };
  });
  return whole(writeTar(inputs));
}

/** As `docker save` of a Docker before 25 writes it. */
async function legacyArchive(layerFiles: readonly Uint8Array[], extra: Record<string, string> = {}) {
  const diffIds = layerFiles.map((layer) =>
    digestOf(layer[0] === 0x1f ? Bun.gunzipSync(new Uint8Array(layer)) : layer),
  );
  const config = text({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: diffIds } });
  const name = `${digestHex(digestOf(config))}.json`;
  const files: Record<string, string | Uint8Array> = {};
  for (const [index, layer] of layerFiles.entries()) {
    files[`layer${index}/VERSION`] = "1.0";
    files[`layer${index}/layer.tar`] = layer;
  }
  const Layers = layerFiles.map((_, index) => `layer${index}/layer.tar`);
  const manifest = JSON.stringify([{ Config: name, RepoTags: ["app:1", "host:5000/app:2"], Layers }]);
  return {
    tar: await tarOf({ ...files, [name]: config, "manifest.json": manifest, ...extra }),
    config,
    diffIds,
  };
}

async function loaded(input: string | ByteSource) {
  await using archive = await openArchive(input, { tempDir });
  const images = [];
  for (const { source, names, refNames } of archive.images) {
    const image = new MemoryImage();
    await copyImage(source, image, { platforms: "all" });
    images.push({ image, names, refNames });
  }
  return { format: archive.format, images };
}

describe("writeArchive() and openArchive()", () => {
  test.each(["docker", "oci"] as const)("give images back as they were, in the format %s", async (format) => {
    const [one, two, index] = [await anImage("1"), await anImage("2", "zstd"), new MemoryImage()];
    await addTestIndex(index, [parsePlatform("linux/amd64"), parsePlatform("linux/arm/v7")]);
    const tar = await whole(
      writeArchive(
        [
          { source: one, names: ["docker.io/library/one:1", "host:5000/one:2"] },
          { source: two, names: [] },
          { source: index, names: ["docker.io/library/multi:latest"] },
        ],
        { format },
      ),
    );
    const file = join(root, `round-${format}.tar`);
    await writeFile(file, tar);
    for (const input of [
      file,
      [tar],
      [Bun.gzipSync(new Uint8Array(tar))],
      [Bun.zstdCompressSync(new Uint8Array(tar))],
    ]) {
      const { format: found, images } = await loaded(input);
      expect(found).toBe("oci");
      expect(images.map(({ names }) => names)).toEqual([
        ["docker.io/library/one:1", "host:5000/one:2"],
        [],
        ["docker.io/library/multi:latest"],
      ]);
      for (const [at, original] of [one, two, index].entries()) {
        expect(images[at]!.image.rootDigest).toBe(original.rootDigest!);
        expect(images[at]!.image.manifests).toEqual(original.manifests);
        expect(images[at]!.image.blobs).toEqual(original.blobs);
      }
    }
    expect(await readdir(tempDir)).toEqual([]);
  });

  test("read manifest.json alone as well, as older Dockers do", async () => {
    const image = await anImage("x", "none");
    const tar = await whole(
      writeArchive([{ source: image, names: ["docker.io/library/x:1"] }], { format: "docker" }),
    );
    const files: Record<string, Uint8Array> = {};
    for await (const member of readTar([tar])) {
      if (member.type === "file" && !/oci-layout|index.json/.test(member.path))
        files[member.path] = await whole(member.content());
    }
    const { format, images } = await loaded([await tarOf(files)]);
    expect(format).toBe("docker");
    expect(images[0]!.names).toEqual(["docker.io/library/x:1"]);
    // The manifest is made anew, and is the same one.
    expect(images[0]!.image.rootDigest).toBe(image.rootDigest!);
  });
});

describe("writeArchive()", () => {
  test("gives equal bytes for equal images, each blob once, metadata first", async () => {
    const inputs = async () => [
      { source: await anImage("1"), names: ["docker.io/library/a:1"] },
      { source: await anImage("2"), names: ["docker.io/library/b:1"] },
    ];
    const tar = await whole(writeArchive(await inputs(), { format: "docker" }));
    expect(digestOf(await whole(writeArchive(await inputs(), { format: "docker" })))).toBe(digestOf(tar));
    const entries: TarEntry[] = [];
    for await (const member of readTar([tar])) entries.push(member);
    const paths = entries.map(({ path }) => path);
    expect(paths.slice(0, 5)).toEqual([
      "oci-layout",
      "index.json",
      "manifest.json",
      "blobs/",
      "blobs/sha256/",
    ]);
    expect(new Set(paths).size).toBe(paths.length);
    // Two manifests, two configs, two layers of their own and a shared one.
    expect(paths.length).toBe(5 + 7);
    expect(new Set(entries.map(({ modified }) => modified.seconds))).toEqual(new Set([0]));
  });

  test("puts the image for this machine into manifest.json when there are several", async () => {
    const index = new MemoryImage();
    await addTestIndex(index, ["linux/s390x", "linux/amd64", "linux/arm64"].map(parsePlatform));
    const tar = await whole(
      writeArchive([{ source: index, names: ["docker.io/library/a:1"] }], { format: "docker" }),
    );
    const host = await imageFrom(index);
    for await (const member of readTar([tar])) {
      if (member.path !== "manifest.json") continue;
      const [entry] = JSON.parse(new TextDecoder().decode(await whole(member.content())));
      expect(entry.Config).toBe(`blobs/sha256/${digestHex(host.id)}`);
      expect(entry.RepoTags).toEqual(["docker.io/library/a:1"]);
    }
  });

  test("writes the chosen platform only, and leaves out children that are not there", async () => {
    const index = new MemoryImage();
    await addTestIndex(index, ["linux/amd64", "linux/arm64"].map(parsePlatform));
    const platforms = [parsePlatform("linux/arm64")];
    const one = await loaded(writeArchive([{ source: index, names: [] }], { format: "oci", platforms }));
    expect((await imageFrom(one.images[0]!.image)).platform).toEqual(platforms[0]!);

    const parsed = parseManifest((await index.root()).bytes);
    index.manifests.delete(parsed.kind === "index" ? parsed.manifests[0]!.digest : ("" as never));
    await using archive = await openArchive(
      writeArchive([{ source: index, names: [] }], { format: "docker" }),
      { tempDir },
    );
    expect((await archive.images[0]!.source.root()).digest).toBe(index.rootDigest!);
    expect((await imageFrom(archive.images[0]!.source, { platform: platforms[0]! })).platform).toEqual(
      platforms[0]!,
    );
  });

  test("fails rather than write a blob that is not what it should be", async () => {
    const image = await anImage();
    const { layers } = await imageFrom(image);
    const { digest } = layers[0]!.descriptor;
    image.blobs.set(digest, image.blobs.get(digest)!.toReversed());
    await expect(
      whole(writeArchive([{ source: image, names: [] }], { format: "oci" })),
    ).rejects.toMatchObject({
      code: "digest-mismatch",
    });
  });
});

describe("openArchive()", () => {
  test("reads docker-archives of old Dockers: layers keep their bytes, and their diffID is their digest", async () => {
    const layers = [await tarOf({ a: "1" }), await tarOf({ b: "2" })];
    const { tar, config, diffIds } = await legacyArchive(layers);
    const file = join(root, "legacy.tar");
    await writeFile(file, tar);
    for (const input of [file, [tar]]) {
      const { format, images } = await loaded(input);
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
    const { images } = await loaded([tar]);
    expect((await imageFrom(images[0]!.image)).layers.map(({ diffId }) => diffId)).toEqual(diffIds);
  });

  test("keeps compressed layers as they are", async () => {
    const layer = Bun.gzipSync(new Uint8Array(await tarOf({ a: "1" })));
    const { images } = await loaded([(await legacyArchive([layer])).tar]);
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
    expect((await loaded(file)).images.length).toBe(1);
    expect((await loaded([packed])).images.length).toBe(1);
    await expect(loaded([packed.subarray(0, packed.length - 40)])).rejects.toMatchObject({
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
      const { images } = await loaded([await tarOf(files)]);
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
    await expect(loaded([await tarOf(files)])).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
    expect(await readdir(tempDir)).toEqual([]);
  });

  test("refuses what is no tar and what is not there, and leaves nothing behind", async () => {
    await expect(loaded([text("hello ".repeat(200))])).rejects.toMatchObject({ code: "invalid-archive" });
    await expect(loaded([])).rejects.toMatchObject({ code: "invalid-archive" });
    await expect(loaded(join(root, "nothing.tar"))).rejects.toMatchObject({ code: "not-found" });
    const { tar } = await legacyArchive([await tarOf({ a: "1" })]);
    await expect(loaded([tar.subarray(0, 1500)])).rejects.toMatchObject({ code: "invalid-archive" });
    expect(await readdir(tempDir)).toEqual([]);
  });

  test("does not pass on a layer that is not what the config says", async () => {
    const layer = await tarOf({ a: "1" });
    const { tar } = await legacyArchive([layer]);
    const at = Buffer.from(tar).indexOf(Buffer.from(layer.subarray(0, 100)));
    tar[at + 520] = 0x32;
    await expect(loaded([tar])).rejects.toMatchObject({ code: "digest-mismatch" });
  });
});
