import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyImage, layoutSink } from "../../image/mod.ts";
import { type Descriptor, digestHex, digestOf, encodeManifest, mediaTypes } from "../../oci/mod.ts";
import type { BuildOptions } from "../options.ts";
import { type BuildFixture, buildFixture, layerLines } from "../testing/build-fixture.ts";
import { cacheArtifactType, inlineCacheAnnotation } from "./cache-artifact.ts";
import { localCacheSource, localCacheTarget } from "./local-cache.ts";

const files = { a: "a", "src/x": "x", "src/y": "y" };
const dockerfile =
  "FROM scratch AS one\nCOPY src /src\nWORKDIR /w\nFROM scratch\nCOPY --from=one /src/x /x\nCOPY a /a";

let here: BuildFixture;
let there: BuildFixture;
let directory: string;
beforeEach(async () => {
  [here, there] = await Promise.all([buildFixture(files), buildFixture(files)]);
  directory = join(here.directory, "cache");
});
afterEach(async () => {
  await here[Symbol.asyncDispose]();
  await there[Symbol.asyncDispose]();
});

const target = (options: { tag?: string; mode?: "min" | "max"; ignoreError?: boolean } = {}) =>
  localCacheTarget(directory, {
    tag: "latest",
    mode: "max",
    ignoreError: false,
    hasMounts: false,
    ...options,
  });
const from = (tag = "latest"): Partial<BuildOptions> => ({ cacheFrom: [localCacheSource(directory, tag)] });
const blobs = () => readdirSync(join(directory, "blobs/sha256")).sort();
const warnings = (fixture: BuildFixture) =>
  fixture.events.flatMap((event) => (event.kind === "warning" ? [event.message] : []));

test("another machine finds every step, and gets only the layers of the result", async () => {
  const first = await here.build(dockerfile, { cacheTo: [target()] });
  expect(blobs()).toHaveLength(3 + 1 + 2);
  const second = await there.build(dockerfile, from());
  expect(second.raw.digest).toBe(first.raw.digest);
  expect(second.steps).toEqual({ total: 4, cached: 4 });
  expect(await layerLines(there.store, second)).toEqual([['f 644 0:0 x "x"'], ['f 644 0:0 a "a"']]);
  const [stage] = (await here.build(dockerfile, { target: "one" })).manifest.layers;
  expect(await there.store.blobs.stat(stage!.digest)).toBeUndefined();
  // What was brought is of the own cache from then on.
  rmSync(directory, { recursive: true });
  expect((await there.build(`${dockerfile}\nCMD x`, { target: "" })).steps.cached).toBeGreaterThan(1);
});

test("a stage that has to run gets what it stands on", async () => {
  await here.build(dockerfile, { cacheTo: [target()] });
  there.write({ a: "changed" });
  const result = await there.build(`${dockerfile}\nCOPY --from=one / /all/`, from());
  expect((await layerLines(there.store, result)).flat()).toContain('f 644 0:0 all/src/y "y"');
  expect(result.steps).toEqual({ total: 5, cached: 3 });
});

test("mode=min has what the image is made of, and no more", async () => {
  await here.build(dockerfile, { cacheTo: [target({ mode: "min" })] });
  expect(blobs()).toHaveLength(2 + 1 + 2 - 1);
  const { steps } = await there.build(dockerfile, from());
  expect(steps.cached).toBeLessThan(4);
  expect(steps.cached).toBeGreaterThan(0);
});

test("exports into one directory at once lose nothing, and what nobody names any more is removed", async () => {
  const tags = ["t1", "t2", "t3", "t4", "t5"];
  await Promise.all(
    tags.map((tag) =>
      here.build(`FROM scratch\nCOPY a /a\nCOPY <<E /own\n${tag}\nE`, { cacheTo: [target({ tag })] }),
    ),
  );
  for (const tag of tags) {
    const { steps } = await there.build(`FROM scratch\nCOPY a /a\nCOPY <<E /own\n${tag}\nE`, from(tag));
    expect(steps.cached).toBe(2);
  }
  // One shared layer, and for each tag a layer, a config and a manifest.
  expect(blobs()).toHaveLength(1 + 5 * 3);
  for (const tag of tags) await here.build("FROM scratch\nCOPY src /src", { cacheTo: [target({ tag })] });
  expect(blobs()).toHaveLength(3);
});

test("a cache that is not there, or is none, is told of and left out", async () => {
  const missing = await there.build(dockerfile, from());
  expect(missing.steps.cached).toBe(0);
  expect(warnings(there)).toEqual([expect.stringContaining("is not used: ")]);
  const image = await here.build(dockerfile);
  await copyImage(here.store.source(image.raw.digest), layoutSink(directory, { ref: "latest" }), {});
  there.write({ a: "changed" });
  await there.build(dockerfile, from());
  expect(warnings(there)).toEqual([expect.stringContaining("the image has no cache of its own")]);
});

test("a layer that is gone from the cache is a miss; one with other bytes ends the build and stays out", async () => {
  const result = await here.build(dockerfile, { cacheTo: [target()] });
  const last = digestHex(result.manifest.layers.at(-1)!.digest);
  const path = join(directory, "blobs/sha256", last);
  const bytes = readFileSync(path);
  rmSync(path);
  expect((await there.build(dockerfile, { ...from(), noCacheFilter: [] })).steps).toEqual({
    total: 4,
    cached: 3,
  });
  await using third = await buildFixture(files);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(path, bytes);
  expect(third.build(dockerfile, from())).rejects.toMatchObject({
    code: "digest-mismatch",
    message: expect.stringContaining(`the cache ${directory} gave a layer that cannot be used`),
  });
  await third.build(dockerfile, from()).catch(() => {});
  expect(await third.store.blobs.stat(result.manifest.layers.at(-1)!.digest)).toBeUndefined();
  expect(await third.store.list()).toEqual([]);
});

/** Puts a cache of one's own making into the directory. */
async function forge(config: unknown, layers: readonly Descriptor[], change: { digest?: string } = {}) {
  const bytes = new TextEncoder().encode(typeof config === "string" ? config : JSON.stringify(config));
  const digest = digestOf(bytes);
  const manifest = encodeManifest({
    kind: "manifest",
    mediaType: mediaTypes.ociManifest,
    artifactType: cacheArtifactType,
    config: { mediaType: "application/x", digest, size: bytes.length },
    layers,
  });
  rmSync(directory, { recursive: true, force: true });
  const sink = layoutSink(directory, { ref: "latest" });
  await sink.putBlob({ mediaType: "application/x", digest, size: bytes.length }, async () =>
    new Blob([bytes]).stream(),
  );
  await sink.putManifest(manifest, { isRoot: true });
  if (change.digest) writeFileSync(join(directory, "blobs/sha256", digestHex(digest)), change.digest);
}

const layer = { mediaType: mediaTypes.ociLayerGzip, digest: digestOf("x"), size: 1 };
const key = `build:${digestOf("k")}`;

test.each([
  ["another version", { version: 2, records: [] }, "version 2 is not 1"],
  ["no JSON", "no", "is not"],
  [
    "a key that is none",
    { version: 1, records: [{ key: "../x", layer: 0, diffId: digestOf("x") }] },
    "has no key",
  ],
  [
    "a position beyond the layers",
    { version: 1, records: [{ key, layer: 7, diffId: digestOf("x") }] },
    "names a layer",
  ],
  ["a diffID that is none", { version: 1, records: [{ key, layer: 0, diffId: "x" }] }, "names a layer"],
  [
    "a name that is a path",
    { version: 1, records: [], mounts: [{ name: "../../x", layer: 0, diffId: digestOf("x") }] },
    "has no name",
  ],
  ["records without end", { version: 1, records: new Array(50_001).fill({}) }, "too many"],
])("a cache with %s is refused", async (_, config, message) => {
  await forge(config, [layer]);
  expect((await there.build(dockerfile, from())).steps.cached).toBe(0);
  expect(warnings(there)).toEqual([expect.stringContaining(message)]);
});

test("a list of results with another digest than the manifest says is refused", async () => {
  await forge({ version: 1, records: [] }, [layer], { digest: '{"version":1,"records":[]} ' });
  await there.build(dockerfile, from());
  expect(warnings(there)).toEqual([expect.stringMatching(/its list of results is not|more than|bytes/)]);
});

test("a layer that does not unpack to what the cache says ends the build", async () => {
  const made = await here.build("FROM scratch\nCOPY a /a", { cacheTo: [target()] });
  const index = JSON.parse(readFileSync(join(directory, "index.json"), "utf8"));
  const manifest = JSON.parse(
    readFileSync(join(directory, "blobs/sha256", index.manifests[0].digest.slice(7)), "utf8"),
  );
  const config = JSON.parse(
    readFileSync(join(directory, "blobs/sha256", manifest.config.digest.slice(7)), "utf8"),
  );
  const blob = readFileSync(join(directory, "blobs/sha256", digestHex(made.manifest.layers[0]!.digest)));
  for (const record of config.records) record.diffId = digestOf("other");
  await forge(config, manifest.layers);
  await layoutSink(directory).putBlob(made.manifest.layers[0]!, async () => new Blob([blob]).stream());
  expect(there.build("FROM scratch\nCOPY a /a", from())).rejects.toMatchObject({ code: "invalid-layer" });
});

test("inline: the image carries the keys of its own layers", async () => {
  const first = await here.build(dockerfile, { inlineCache: true });
  expect(first.manifest.annotations).toHaveProperty([inlineCacheAnnotation]);
  await copyImage(here.store.source(first.raw.digest), layoutSink(directory, { ref: "latest" }), {});
  const second = await there.build(dockerfile, { ...from(), inlineCache: true });
  // The first stage is not in the image: its steps run, and come to the same.
  expect(second.steps.cached).toBeGreaterThanOrEqual(2);
  expect(second.manifest.layers).toEqual(first.manifest.layers);
  const docker = await there.build(dockerfile, { inlineCache: true, mediaTypes: "docker" });
  expect(docker.manifest.annotations).toBeUndefined();
  expect(warnings(there).join()).toContain("cannot carry its own cache");
});

test("an export that fails is the build's failure, or a warning", async () => {
  writeFileSync(directory, "a file");
  expect(here.build(dockerfile, { cacheTo: [target()] })).rejects.toMatchObject({ code: "io" });
  const result = await here.build(dockerfile, { cacheTo: [target({ ignoreError: true })] });
  expect(await here.store.blobs.stat(result.manifest.layers[0]!.digest)).toBeDefined();
  expect(warnings(here)).toEqual([expect.stringContaining("the cache was not exported to")]);
  expect(existsSync(join(directory, "blobs"))).toBe(false);
});
