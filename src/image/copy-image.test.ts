import { describe, expect, test } from "bun:test";
import type { ProgressEvent } from "../lib/mod.ts";
import {
  type Descriptor,
  digestOf,
  encodeManifest,
  mediaTypes,
  parseManifest,
  parsePlatform,
  shortDigest,
} from "../oci/mod.ts";
import { copyImage } from "./copy-image.ts";
import { imageFrom } from "./image.ts";
import { addTestImage, addTestIndex, MemoryImage } from "./testing/memory-image.ts";

const amd64 = parsePlatform("linux/amd64");
const arm64 = parsePlatform("linux/arm64");
const armv7 = parsePlatform("linux/arm/v7");

async function threePlatforms() {
  const source = new MemoryImage();
  await addTestIndex(source, [amd64, arm64, armv7], { layers: [{ "shared.txt": "the same" }] });
  return source;
}

describe("copyImage()", () => {
  test("copies everything with all, blobs before manifests and the root last", async () => {
    const source = await threePlatforms();
    const sink = new MemoryImage();
    const result = await copyImage(source, sink, { platforms: "all" });
    expect(sink.blobs).toEqual(source.blobs);
    expect(sink.manifests).toEqual(source.manifests);
    expect(result.root).toEqual(await source.root());
    expect(sink.log.map((line) => line.split(" ")[0]!)).toEqual([
      ...Array(source.blobs.size).fill("blob"),
      ...Array(4).fill("manifest"),
      "root",
    ]);
    // The shared layer is one blob.
    expect(result.blobs).toEqual({ copied: source.blobs.size, exists: 0, mounted: 0 });
  });

  test("makes the chosen platform's manifest the root and leaves attestations behind", async () => {
    const source = await threePlatforms();
    const sink = new MemoryImage();
    const result = await copyImage(source, sink, { platforms: [arm64] });
    expect((await imageFrom(sink)).platform).toEqual(arm64);
    expect(sink.manifests.size).toBe(1);
    expect(sink.blobs.size).toBe(3);
    expect(result.sourceRoot.digest).toBe(source.rootDigest!);
    expect(result.root.digest).toBe(sink.rootDigest!);
  });

  test("makes an index of several chosen platforms, and keeps the root when they are all there is", async () => {
    const source = await threePlatforms();
    const sink = new MemoryImage();
    const { root } = await copyImage(source, sink, { platforms: [amd64, armv7] });
    const index = parseManifest(root.bytes);
    expect(index.kind === "index" && index.manifests.map((child) => child.platform)).toEqual([amd64, armv7]);
    expect(sink.manifests.size).toBe(3);

    const again = new MemoryImage();
    expect((await copyImage(sink, again, { platforms: [amd64, armv7] })).root.digest).toBe(root.digest);
  });

  test("fails for a platform that is not there and names those that are", async () => {
    const source = await threePlatforms();
    const sink = new MemoryImage();
    await expect(copyImage(source, sink, { platforms: [parsePlatform("linux/s390x")] })).rejects.toThrow(
      expect.objectContaining({
        code: "not-found",
        message: "the image has nothing for the platform linux/s390x",
        hint: "it is there for linux/amd64, linux/arm64, linux/arm/v7",
      }),
    );
    expect(sink.log).toEqual([]);
  });

  test("refuses a single manifest of another platform only when the platform was asked for", async () => {
    const source = new MemoryImage();
    await addTestImage(source, { platform: parsePlatform("linux/s390x") });
    await expect(copyImage(source, new MemoryImage(), { platforms: [amd64] })).rejects.toThrow("linux/amd64");
    await copyImage(source, new MemoryImage());
  });

  test("asks for missing children only when told that they may be skipped", async () => {
    const source = await threePlatforms();
    const root = parseManifest((await source.root()).bytes);
    const missing = root.kind === "index" ? root.manifests[1]!.digest : undefined;
    source.manifests.delete(missing!);
    await expect(copyImage(source, new MemoryImage(), { platforms: "all" })).rejects.toThrow(missing);
    const sink = new MemoryImage();
    await copyImage(source, sink, { platforms: "all", missingChildren: "skip" });
    expect(sink.rootDigest).toBe(source.rootDigest!);
    expect(sink.manifests.size).toBe(4);
  });

  test("reports each layer's way, and what was there already", async () => {
    const source = new MemoryImage();
    await addTestImage(source, { layers: [{ a: "1" }, { b: "2" }] });
    const { layers } = await imageFrom(source);
    const ids = layers.map(({ descriptor }) => shortDigest(descriptor.digest));
    const sink = new MemoryImage();
    sink.blobs.set(layers[0]!.descriptor.digest, new Uint8Array());
    const events: ProgressEvent[] = [];
    await copyImage(source, sink, { progress: (event) => events.push(event), jobs: 1 });
    const size = layers[1]!.descriptor.size;
    expect(events).toEqual([
      { id: ids[0]!, phase: "waiting" },
      { id: ids[1]!, phase: "waiting" },
      { id: ids[0]!, phase: "exists" },
      { id: ids[1]!, phase: "downloading", current: size, total: size },
      { id: ids[1]!, phase: "downloaded" },
      { id: ids[1]!, phase: "pulled" },
    ]);
    events.length = 0;
    await copyImage(source, new MemoryImage(), {
      direction: "push",
      progress: (event) => events.push(event),
    });
    expect(new Set(events.map(({ phase }) => phase))).toEqual(new Set(["preparing", "pushing", "pushed"]));
    // From the top down, as docker has it.
    expect(events.slice(0, 2).map(({ id }) => id)).toEqual(ids.toReversed());
  });

  test("tells at once what is there, and nothing where everything is", async () => {
    const source = new MemoryImage();
    await addTestImage(source, { layers: [{ a: "1" }, { b: "2" }] });
    const { layers } = await imageFrom(source);
    const ids = layers.map(({ descriptor }) => shortDigest(descriptor.digest));
    const sink = new MemoryImage();
    sink.blobs.set(layers[1]!.descriptor.digest, new Uint8Array());
    const events: ProgressEvent[] = [];
    const progress = (event: ProgressEvent) => void events.push(event);
    const isThere = async ({ digest }: Descriptor) => sink.blobs.has(digest);
    await copyImage(source, sink, { progress, isThere });
    const told = events.filter(({ phase }) => phase !== "downloading");
    expect(told.map(({ id, phase }) => `${ids.indexOf(id)} ${phase}`)).toEqual([
      "0 waiting",
      "1 exists",
      "0 downloaded",
      "0 pulled",
    ]);
    events.length = 0;
    sink.rootDigest = undefined;
    await copyImage(source, sink, { progress, isThere });
    expect(events).toEqual([]);
  });

  test("leaves layers with urls that are not given away where they are", async () => {
    const source = new MemoryImage();
    const layer = {
      mediaType: mediaTypes.dockerForeignLayerGzip,
      digest: digestOf("x"),
      size: 1,
      urls: ["https://example.com/x"],
    };
    source.addManifest(
      encodeManifest({
        kind: "manifest",
        mediaType: mediaTypes.dockerManifest,
        config: source.add("{}", mediaTypes.dockerConfig),
        layers: [layer],
      }),
    );
    const sink = new MemoryImage();
    await copyImage(source, sink, { platforms: "all" });
    expect(sink.blobs.size).toBe(1);
  });

  test("copies artifacts as they are", async () => {
    const source = new MemoryImage();
    source.addManifest(
      encodeManifest({
        kind: "manifest",
        mediaType: mediaTypes.ociManifest,
        artifactType: "application/x.report",
        config: source.add("{}", mediaTypes.ociEmpty),
        layers: [source.add("hello", "text/plain")],
      }),
    );
    const sink = new MemoryImage();
    await copyImage(source, sink);
    expect(sink.blobs).toEqual(source.blobs);
    await expect(imageFrom(source)).rejects.toThrow("an artifact of type application/x.report");
  });

  test("refuses manifests and blobs that are not what they should be", async () => {
    const source = await threePlatforms();
    const root = parseManifest((await source.root()).bytes);
    const child = root.kind === "index" ? root.manifests[0]! : undefined;
    const honest = source.manifests.get(child!.digest)!;
    source.manifests.set(child!.digest, { ...honest, bytes: new Uint8Array(honest.bytes.length) });
    const mismatch = expect.objectContaining({ code: "digest-mismatch" });
    await expect(copyImage(source, new MemoryImage(), { platforms: "all" })).rejects.toThrow(mismatch);

    source.manifests.set(child!.digest, honest);
    const [digest, bytes] = [...source.blobs].at(0)!;
    source.blobs.set(digest, bytes.toReversed());
    const sink = new MemoryImage();
    await expect(copyImage(source, sink, { platforms: "all" })).rejects.toThrow(mismatch);
    expect(sink.rootDigest).toBeUndefined();
  });

  test("ends the other transfers when one fails", async () => {
    const source = new MemoryImage();
    await addTestImage(source, { layers: [{ a: "1" }, { b: "2" }] });
    const [endless, broken] = (await imageFrom(source)).layers.map(({ descriptor }) => descriptor.digest);
    const blob = source.blob.bind(source);
    let isClosed = false;
    source.blob = async (descriptor: Descriptor) => {
      if (descriptor.digest === broken) throw new Error("gone");
      if (descriptor.digest !== endless) return blob(descriptor);
      // Stands still: nothing more ever comes.
      return new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new Uint8Array(1)),
        cancel() {
          isClosed = true;
        },
      });
    };
    await expect(copyImage(source, new MemoryImage(), { platforms: "all" })).rejects.toThrow("gone");
    expect(isClosed).toBe(true);
  });

  test("stops when it is told to", async () => {
    const source = await threePlatforms();
    const sink = new MemoryImage();
    await expect(copyImage(source, sink, { signal: AbortSignal.abort() })).rejects.toThrow(
      expect.objectContaining({ code: "cancelled" }),
    );
    expect(sink.log).toEqual([]);
  });
});
