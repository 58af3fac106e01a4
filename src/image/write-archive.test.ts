import { afterAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestHex, digestOf, parseManifest, parsePlatform } from "../oci/mod.ts";
import { readTar, type TarEntry } from "../tar/mod.ts";
import { imageFrom } from "./image.ts";
import { openArchive } from "./open-archive.ts";
import { anImage, loadAll, tarOf, whole } from "./testing/archive-tar.ts";
import { addTestIndex, MemoryImage } from "./testing/memory-image.ts";
import { writeArchive } from "./write-archive.ts";

const root = await mkdtemp(join(tmpdir(), "write-archive-test-"));
afterAll(() => rm(root, { recursive: true }));
const tempDir = await mkdtemp(join(root, "temp-"));

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
      const { format: found, images } = await loadAll(input, tempDir);
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
    const { format, images } = await loadAll([await tarOf(files)], tempDir);
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
    const one = await loadAll(
      writeArchive([{ source: index, names: [] }], { format: "oci", platforms }),
      tempDir,
    );
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
