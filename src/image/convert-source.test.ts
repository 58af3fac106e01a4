import { describe, expect, test } from "bun:test";
import { encodeManifest, mediaTypes, parseManifest, parsePlatform } from "../oci/mod.ts";
import { convertSource } from "./convert-source.ts";
import { copyImage } from "./copy-image.ts";
import { imageFrom } from "./image.ts";
import { addTestImage, addTestIndex, MemoryImage } from "./testing/memory-image.ts";

const platforms = ["linux/amd64", "linux/arm64"].map(parsePlatform);

describe("convertSource()", () => {
  test("changes media types and nothing else, and back to the same digest", async () => {
    const docker = new MemoryImage();
    await addTestImage(docker, { family: "docker" });
    const oci = convertSource(docker, "oci");
    const [before, after] = [await imageFrom(docker), await imageFrom(oci)];
    expect(after.id).toBe(before.id);
    expect(after.layers[0]!.descriptor).toEqual({
      ...before.layers[0]!.descriptor,
      mediaType: mediaTypes.ociLayerGzip,
    });
    expect(after.manifest.config.mediaType).toBe(mediaTypes.ociConfig);
    expect((await convertSource(oci, "docker").root()).digest).toBe(docker.rootDigest!);
  });

  test("passes on what has the types already, byte for byte", async () => {
    const image = new MemoryImage();
    await addTestIndex(image, platforms);
    expect(await convertSource(image, "oci").root()).toEqual(await image.root());
  });

  test("converts the children of an index and what points at them", async () => {
    const image = new MemoryImage();
    await addTestIndex(image, platforms, { family: "docker" });
    const copied = new MemoryImage();
    await copyImage(convertSource(image, "oci"), copied, { platforms: "all" });
    expect(copied.blobs).toEqual(image.blobs);
    const index = parseManifest((await copied.root()).bytes);
    if (index.kind !== "index") throw new Error("not an index");
    expect(new Set(index.manifests.map(({ mediaType }) => mediaType))).toEqual(
      new Set([mediaTypes.ociManifest]),
    );
    expect(index.manifests.map(({ platform }) => platform?.architecture)).toEqual([
      "amd64",
      "arm64",
      "unknown",
    ]);
    expect(index.manifests[2]!.annotations?.["vnd.docker.reference.digest"]).toBe(index.manifests[0]!.digest);
    expect((await imageFrom(copied, { platform: platforms[1]! })).platform).toEqual(platforms[1]!);
  });

  test("makes a manifest list of an index", async () => {
    const image = new MemoryImage();
    const child = { ...(await addTestImage(image)), platform: platforms[0]! };
    image.addManifest(
      encodeManifest({
        kind: "index",
        mediaType: mediaTypes.ociIndex,
        manifests: [child],
        annotations: { a: "b" },
      }),
    );
    const list = parseManifest((await convertSource(image, "docker").root()).bytes);
    expect(list.mediaType).toBe(mediaTypes.dockerManifestList);
    expect(list.annotations).toBeUndefined();
    expect((await imageFrom(convertSource(image, "docker"))).manifest.mediaType).toBe(
      mediaTypes.dockerManifest,
    );
  });

  test("refuses to make Docker images of artifacts", async () => {
    const image = new MemoryImage();
    const config = image.add("{}", mediaTypes.ociEmpty);
    image.addManifest(
      encodeManifest({
        kind: "manifest",
        mediaType: mediaTypes.ociManifest,
        artifactType: "a/b",
        config,
        layers: [],
      }),
    );
    await expect(convertSource(image, "docker").root()).rejects.toMatchObject({ code: "unsupported" });
  });
});
