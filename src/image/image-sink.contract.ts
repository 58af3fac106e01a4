import { expect, test } from "bun:test";
import { isKasaneError, toByteStream } from "../lib/mod.ts";
import { type Descriptor, digestOf, mediaTypes, parsePlatform } from "../oci/mod.ts";
import { copyImage } from "./copy-image.ts";
import type { ImageSink, ImageSource } from "./source.ts";
import { addTestImage, addTestIndex, MemoryImage } from "./testing/memory-image.ts";

export interface SinkUnderTest {
  readonly sink: ImageSink;
  /** What stands under the sink's name now. @throws KasaneError `not-found` while there is nothing */
  readonly source: () => Promise<ImageSource>;
}

/** What every ImageSink and the ImageSource over the same place must do. `make` gives an empty place each time. */
export function imageSinkContract(make: () => Promise<SinkUnderTest>): void {
  const platforms = ["linux/amd64", "linux/arm64"].map(parsePlatform);
  const layer = (bytes: Uint8Array, content = bytes): Descriptor => ({
    mediaType: mediaTypes.ociLayer,
    digest: digestOf(bytes),
    size: content.length,
  });
  const bytes = new TextEncoder().encode("some bytes");
  /** From where the sink wants to go on. */
  const open = async (offset = 0) => toByteStream([bytes.subarray(offset)]);

  test("gives an image back as it came", async () => {
    for (const family of ["oci", "docker"] as const) {
      const { sink, source } = await make();
      const original = new MemoryImage();
      await addTestImage(original, { layers: [{ a: "1" }, { b: "2" }], family });
      await copyImage(original, sink, { platforms: "all" });
      const back = new MemoryImage();
      await copyImage(await source(), back, { platforms: "all" });
      expect(back.rootDigest).toBe(original.rootDigest!);
      expect(back.manifests).toEqual(original.manifests);
      expect(back.blobs).toEqual(original.blobs);
    }
  });

  test("gives an index with its children and attestations back as it came", async () => {
    const { sink, source } = await make();
    const original = new MemoryImage();
    await addTestIndex(original, platforms);
    await copyImage(original, sink, { platforms: "all" });
    const back = new MemoryImage();
    await copyImage(await source(), back, { platforms: "all" });
    expect(back.manifests).toEqual(original.manifests);
    expect(back.blobs).toEqual(original.blobs);
  });

  test("shows nothing before the root manifest", async () => {
    const { sink, source } = await make();
    const original = new MemoryImage();
    await addTestIndex(original, platforms);
    const checked: ImageSink = {
      putBlob: (...args) => sink.putBlob(...args),
      async putManifest(raw, options) {
        await expect(source().then((found) => found.root())).rejects.toThrow(
          expect.objectContaining({ code: "not-found" }),
        );
        await sink.putManifest(raw, options);
      },
    };
    await copyImage(original, checked, { platforms: "all" });
    expect((await (await source()).root()).digest).toBe(original.rootDigest!);
  });

  test("opens a blob only when it is not there, and says how far it is", async () => {
    const { sink } = await make();
    const done: number[] = [];
    const inParts = async () => toByteStream([bytes.subarray(0, 4), bytes.subarray(4)]);
    expect(await sink.putBlob(layer(bytes), inParts, (count) => done.push(count))).toBe("copied");
    expect(done.at(-1)).toBe(bytes.length);
    const unexpected = () => Promise.reject(new Error("opened again"));
    expect(await sink.putBlob(layer(bytes), unexpected)).toBe("exists");
  });

  test.each([
    ["other bytes", layer(bytes, bytes), bytes.toReversed()],
    ["fewer bytes", layer(bytes), bytes.subarray(1)],
    ["more bytes", { ...layer(bytes), size: 3 }, bytes],
  ])("refuses a blob of %s and does not keep it", async (_, descriptor, arriving) => {
    const { sink } = await make();
    const put = sink.putBlob(descriptor, async (offset) => toByteStream([arriving.subarray(offset)]));
    const error: unknown = await put.then(Boolean, (reason) => reason);
    // Fewer bytes may be a source that broke off: a sink that resumes keeps them and says io.
    const refusals: unknown[] = ["digest-mismatch", "limit-exceeded", "io"];
    expect(refusals).toContain(isKasaneError(error) ? error.code : error);
    const good = await sink.putBlob(layer(bytes), open);
    expect(good).toBe("copied");
  });

  test("passes on the failure of a source", async () => {
    const { sink } = await make();
    async function* broken() {
      yield bytes.subarray(0, 2);
      throw new Error("the cable is cut");
    }
    const put = sink.putBlob(layer(bytes), async () => toByteStream(broken()));
    await expect(put).rejects.toThrow("the cable is cut");
    expect(await sink.putBlob(layer(bytes), open)).toBe("copied");
  });

  test("replaces what stood under the name", async () => {
    const { sink, source } = await make();
    for (const content of ["old", "new"]) {
      const original = new MemoryImage();
      await addTestImage(original, { layers: [{ content }] });
      await copyImage(original, sink, { platforms: "all" });
      expect((await (await source()).root()).digest).toBe(original.rootDigest!);
    }
  });
}
