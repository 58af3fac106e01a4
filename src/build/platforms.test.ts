import { expect, test } from "bun:test";
import { type Digest, type ImageManifest, type Platform, parseManifest, parsePlatform } from "../oci/mod.ts";
import { causeAnnotations } from "./layer-cause.ts";
import type { BuildResult } from "./options.ts";
import { buildFixture, layerLines } from "./testing/build-fixture.ts";

const two = ["linux/amd64", "linux/arm64"].map((text) => parsePlatform(text));

function indexOf(result: BuildResult) {
  const index = parseManifest(result.raw.bytes, result.raw.mediaType);
  if (index.kind !== "index") throw new Error("no index");
  return index;
}

test("several platforms make one index, which the store has under the tags", async () => {
  await using fixture = await buildFixture({ hello: "hi" });
  const name = "docker.io/library/both:latest";
  const result = await fixture.build("FROM scratch\nARG TARGETARCH\nCOPY hello /$TARGETARCH\n", {
    platforms: [...two, two[0]!],
    tags: [name],
  });
  const index = indexOf(result);
  expect(index.mediaType).toBe("application/vnd.oci.image.index.v1+json");
  expect(index.manifests.map(({ platform }) => platform as Platform)).toEqual([
    { architecture: "amd64", os: "linux" },
    { architecture: "arm64", os: "linux" },
  ]);
  for (const platform of two) {
    const { manifest, config } = await fixture.store.find(name, { platform });
    expect(config.architecture).toBe(platform.architecture);
    const lines = await layerLines(fixture.store, { ...result, manifest });
    expect(lines).toEqual([[`f 644 0:0 ${platform.architecture} "hi"`]]);
  }
  expect((await fixture.store.find(name)).record.target).toBe(result.raw.digest);
});

test("a stage that does not depend on the target is built once, one that does for each", async () => {
  await using fixture = await buildFixture({ source: "x" });
  const dockerfile = `FROM --platform=$BUILDPLATFORM scratch AS common
COPY source /a
FROM common AS cross
ARG TARGETARCH
COPY source /$TARGETARCH
FROM scratch
COPY --from=common /a /a
COPY --from=cross / /
`;
  await fixture.build(dockerfile, { platforms: two });
  const steps = fixture.events.flatMap((event) => (event.kind === "started" ? [event.step] : []));
  const count = (text: string) => steps.filter((step) => step.text === text).length;
  expect(count("COPY source /a")).toBe(1);
  expect(count("COPY source /amd64")).toBe(1);
  expect(count("COPY source /arm64")).toBe(1);
  expect(count("COPY --from=cross / /")).toBe(2);
});

test("a base image is taken for each platform", async () => {
  await using fixture = await buildFixture({ hello: "hi" });
  await fixture.build("FROM scratch\nARG TARGETARCH\nCOPY hello /$TARGETARCH\nONBUILD ARG TARGETARCH\n", {
    platforms: two,
    tags: ["docker.io/library/base:latest"],
  });
  const result = await fixture.build("FROM base\nCOPY hello /own\n", { platforms: two });
  const lines: string[][][] = [];
  for (const { image } of result.platforms) {
    lines.push(await layerLines(fixture.store, { ...result, manifest: image.manifest }));
  }
  expect(lines.map(([first]) => first)).toEqual([['f 644 0:0 amd64 "hi"'], ['f 644 0:0 arm64 "hi"']]);
});

test("one platform that is asked for is no index", async () => {
  await using fixture = await buildFixture();
  const result = await fixture.build("FROM scratch\n", { platforms: [two[1]!] });
  expect(result.raw.mediaType).toBe("application/vnd.oci.image.manifest.v1+json");
  expect(result.config.architecture).toBe("arm64");
});

test("a layer says which instruction made it; what came from the base says what it said before", async () => {
  await using fixture = await buildFixture({ hello: "hi" });
  await fixture.build("FROM scratch\nCOPY hello /base\n", { tags: ["docker.io/library/base:latest"] });
  const result = await fixture.build(
    "FROM base AS first\n\nARG NAME=x\nCOPY hello \\\n  /$NAME\nFROM first\nWORKDIR /srv\n",
  );
  const cause = (manifest: ImageManifest) =>
    manifest.layers.map(({ annotations = {} }) =>
      Object.values(causeAnnotations).map((key) => annotations[key] ?? ""),
    );
  expect(cause(result.manifest)).toEqual([
    ["COPY hello /base", "Dockerfile", "2", ""],
    ["COPY hello /x", "Dockerfile", "4-5", "first"],
    ["WORKDIR /srv", "Dockerfile", "7", "stage-1"],
  ]);
  // Docker's manifests have no place for them.
  const docker = await fixture.build("FROM scratch\nCOPY hello /base\n", { mediaTypes: "docker" });
  expect(docker.manifest.layers[0]!.annotations).toBeUndefined();
});

test("annotations stand on what they are for", async () => {
  await using fixture = await buildFixture();
  const note = (level: "manifest" | "manifest-descriptor" | "index" | "index-descriptor") =>
    ({ level, key: level, value: "v" }) as const;
  const annotations = [
    note("manifest"),
    note("manifest-descriptor"),
    note("index"),
    note("index-descriptor"),
    { ...note("manifest"), key: "arm", platform: two[1]! },
  ];
  const result = await fixture.build("FROM scratch\n", { platforms: two, annotations });
  const index = indexOf(result);
  expect(index.annotations).toEqual({ index: "v" });
  expect(result.descriptor.annotations).toEqual({ "index-descriptor": "v" });
  expect(index.manifests.map((each) => each.annotations)).toEqual(
    Array.from({ length: 2 }, () => ({ "manifest-descriptor": "v" })),
  );
  expect(result.platforms.map(({ image }) => image.manifest.annotations)).toEqual([
    { manifest: "v" },
    { manifest: "v", arm: "v" },
  ]);
  expect(fixture.build("FROM scratch\n", { annotations: [note("index")] })).rejects.toMatchObject({
    code: "usage",
  });
  expect(
    fixture.build("FROM scratch\n", { mediaTypes: "docker", annotations: [note("manifest")] }),
  ).rejects.toMatchObject({ code: "usage" });
});

test("outputs of several shapes have the same files; the base's layers are only compressed anew when that is forced", async () => {
  await using fixture = await buildFixture({ hello: "hi".repeat(1000) });
  await fixture.build("FROM scratch\nCOPY hello /base\n", { tags: ["docker.io/library/base:latest"] });
  const seen: [string, readonly string[], Digest][] = [];
  const look = (name: string) => ({
    title: "image",
    async write({ platforms }: { platforms: BuildResult["platforms"] }) {
      const { image } = platforms[0]!;
      seen.push([
        name,
        image.manifest.layers.map(({ mediaType }) => mediaType),
        image.configDescriptor.digest,
      ]);
    },
  });
  const dockerfile = "FROM base\nCOPY hello /own\n";
  await fixture.build(dockerfile, {
    outputs: [
      look("usual"),
      { ...look("zstd"), shape: { compression: "zstd", compressionLevel: 12 } },
      { ...look("forced"), shape: { compression: "none", forceCompression: true } },
      { ...look("docker"), shape: { mediaTypes: "docker" } },
    ],
  });
  const layer = "application/vnd.oci.image.layer.v1.tar";
  const docker = "application/vnd.docker.image.rootfs.diff.tar.gzip";
  expect(seen.map(([name, types]) => [name, ...types])).toEqual([
    ["usual", `${layer}+gzip`, `${layer}+gzip`],
    ["zstd", `${layer}+gzip`, `${layer}+zstd`],
    ["forced", layer, layer],
    ["docker", docker, docker],
  ]);
  // The image ID says what is in it, which is the same.
  expect(new Set(seen.map(([, , id]) => id)).size).toBe(1);
  // None of them was to be in the store.
  expect((await fixture.store.list()).map(({ record }) => record.names.length)).toEqual([1]);
});

test.each([
  ["new", 3],
  ["all", 1],
] as const)("squash %s: one layer less to look at, the same files", async (squash, count) => {
  await using fixture = await buildFixture({ a: "one", b: "two", tree: { directory: 0o711 }, "tree/x": "x" });
  await fixture.build("FROM scratch\nCOPY a /a\nCOPY a /keep/a\n", {
    tags: ["docker.io/library/base:latest"],
  });
  const dockerfile = 'FROM base\nLABEL x=y\nCOPY b /a\nCOPY tree /tree\nCOPY b /tree/x\nCMD ["/a"]\n';
  const whole = await fixture.build(dockerfile);
  const squashed = await fixture.build(dockerfile, { squash });
  expect(squashed.manifest.layers.length).toBe(count);
  const tree = async (image: BuildResult) =>
    [...(await fixture.store.tree(image)).walk()].map(({ entry, isImplied }) => {
      const { path, type, mode, uid, gid, sizeBytes, modified, contentDigest } = entry;
      return { path, type, mode, uid, gid, sizeBytes, modified, contentDigest, isImplied };
    });
  expect(await tree(squashed)).toEqual(await tree(whole));
  const { history = [] } = squashed.config;
  expect(history.filter((entry) => !entry.empty_layer).length).toBe(count);
  expect(history.some((entry) => entry.created_by === "LABEL x=y")).toBe(true);
  expect(squashed.config.config).toEqual(whole.config.config!);
});
