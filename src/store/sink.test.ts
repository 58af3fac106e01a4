import { expect, test } from "bun:test";
import { addTestImage, addTestIndex, MemoryImage } from "../image/testing/memory-image.ts";
import { type ByteStream, isKasaneError, KasaneError, toByteStream } from "../lib/mod.ts";
import {
  type Descriptor,
  digestOf,
  encodeManifest,
  type ImageManifest,
  mediaTypes,
  parseManifest,
} from "../oci/mod.ts";
import { openLocalStore } from "./open-local-store.ts";
import { readConfig } from "./read-config.ts";
import { copyInto, temporaryStore } from "./testing/temporary-store.ts";
import { deliveryUploadId } from "./upload-turn.ts";

const name = "docker.io/library/x:latest";

async function memoryImage(options: Parameters<typeof addTestImage>[1] = {}) {
  const memory = new MemoryImage();
  const descriptor = await addTestImage(memory, options);
  const raw = await memory.root();
  const manifest = parseManifest(raw.bytes, raw.mediaType) as ImageManifest;
  return { memory, descriptor, raw, manifest };
}

test("an image goes in and comes out byte for byte, and its layers are indexed on the way", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const { memory, manifest } = await memoryImage({
    layers: [{ "etc/": "", "etc/motd": "hello\n" }, { "etc/b": "2" }],
  });
  await copyInto(store, memory, [name], { builtAtMs: 7 });
  const image = await store.find("x");
  expect(image.record.builtAtMs).toBe(7);
  const copy = new MemoryImage();
  const { copyImage } = await import("../image/mod.ts");
  await copyImage(store.source(image.record.target), copy, { platforms: "all" });
  expect(copy.blobs).toEqual(memory.blobs);
  expect(copy.manifests).toEqual(memory.manifests);
  for (const [position, layer] of manifest.layers.entries()) {
    const record = await store.meta.layers.byBlob(layer.digest);
    expect(record?.diffId).toBe(image.config.rootfs.diff_ids[position]!);
    expect(record).toMatchObject({ sizeBytes: layer.size, mediaType: layer.mediaType });
  }
  expect((await store.tree(image)).get("etc/motd")?.entry.sizeBytes).toBe(6);
});

test("nothing is asked for that is there already", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const { memory, manifest } = await memoryImage();
  await copyInto(store, memory, [name]);
  await store.withLease("again", async (lease) => {
    const sink = store.sink({ lease, names: [] });
    const open = () => Promise.reject(new Error("asked for bytes"));
    for (const blob of [manifest.config, ...manifest.layers])
      expect(await sink.putBlob(blob, open)).toBe("exists");
    const wrongSize = { ...manifest.config, size: 1 };
    await expect(sink.putBlob(wrongSize, open)).rejects.toMatchObject({ code: "invalid-manifest" });
  });
});

test("one blob asked for many times at once, in two stores of one root, is brought once", async () => {
  await using temporary = await temporaryStore();
  const other = await openLocalStore(temporary.root);
  const bytes = new Uint8Array(100_000).fill(3);
  const descriptor: Descriptor = {
    mediaType: mediaTypes.octetStream,
    digest: digestOf(bytes),
    size: bytes.length,
  };
  let opened = 0;
  const open = async () => {
    opened++;
    return toByteStream(slowly(bytes));
  };
  const outcomes = await Promise.all(
    [temporary.store, other, temporary.store, other].map((store) =>
      store.withLease("pull", (lease) => store.sink({ lease, names: [] }).putBlob(descriptor, open)),
    ),
  );
  expect(outcomes.toSorted()).toEqual(["copied", "exists", "exists", "exists"]);
  expect(opened).toBe(1);
  await other.close();
});

test("an interrupted blob goes on where it stopped, in another process", async () => {
  await using temporary = await temporaryStore();
  const layer = { "big.bin": crypto.getRandomValues(new Uint8Array(60_000)) };
  const { memory, manifest } = await memoryImage({ layers: [layer], compression: "none" });
  const [descriptor] = manifest.layers;
  const bytes = memory.blobs.get(descriptor!.digest)!;
  await temporary.store.withLease("broken", async (lease) => {
    const sink = temporary.store.sink({ lease, names: [] });
    const broken = sink.putBlob(descriptor!, async () => toByteStream(breaking(bytes.subarray(0, 40_000))));
    await expect(broken).rejects.toMatchObject({ code: "network" });
  });
  const uploads = await Array.fromAsync(temporary.store.blobs.listUploads());
  expect(uploads.map(({ id, sizeBytes }) => ({ id, sizeBytes }))).toEqual([
    { id: deliveryUploadId(descriptor!.digest), sizeBytes: 40_000 },
  ]);

  const other = await openLocalStore(temporary.root);
  const offsets: (number | undefined)[] = [];
  const seen: number[] = [];
  await other.withLease("again", async (lease) => {
    const open = async (offset?: number) => {
      offsets.push(offset);
      return toByteStream([bytes.subarray(offset ?? 0)]);
    };
    await other.sink({ lease, names: [] }).putBlob(descriptor!, open, (done) => seen.push(done));
  });
  expect(offsets).toEqual([40_000]);
  expect(seen).toEqual([bytes.length]);
  expect((await other.meta.layers.byBlob(descriptor!.digest))?.tarSizeBytes).toBe(bytes.length);
  expect(await Array.fromAsync(other.blobs.listUploads())).toEqual([]);
  await other.close();
});

test("what an earlier process left damaged is fetched again from the start", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const bytes = crypto.getRandomValues(new Uint8Array(10_000));
  const descriptor: Descriptor = {
    mediaType: mediaTypes.octetStream,
    digest: digestOf(bytes),
    size: bytes.length,
  };
  const upload = await store.blobs.begin({ id: deliveryUploadId(descriptor.digest) });
  await upload.write(new Uint8Array(5000));
  await upload.suspend();
  const offsets: (number | undefined)[] = [];
  const open = async (offset?: number) => {
    offsets.push(offset);
    return toByteStream([bytes.subarray(offset ?? 0)]);
  };
  await store.withLease("pull", (lease) => store.sink({ lease, names: [] }).putBlob(descriptor, open));
  expect(offsets).toEqual([5000, undefined]);
  expect((await store.blobs.stat(descriptor.digest))?.sizeBytes).toBe(10_000);
});

test.each([
  ["other bytes", (bytes: Uint8Array) => [bytes.map((byte) => byte ^ 1)], "digest-mismatch", 0],
  ["too many bytes", (bytes: Uint8Array) => [bytes, bytes], "digest-mismatch", 0],
  ["too few bytes", (bytes: Uint8Array) => [bytes.subarray(0, 10)], "io", 1],
  ["no bytes", () => [], "io", 0],
])("%s are refused", async (_, deliver, code, uploads) => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const { memory, manifest } = await memoryImage();
  const [layer] = manifest.layers;
  await store.withLease("pull", async (lease) => {
    const open = async () => toByteStream(deliver(memory.blobs.get(layer!.digest)!));
    await expect(store.sink({ lease, names: [] }).putBlob(layer!, open)).rejects.toMatchObject({ code });
  });
  expect(await store.blobs.stat(layer!.digest)).toBeUndefined();
  expect(await Array.fromAsync(store.blobs.listUploads())).toHaveLength(uploads);
});

test("an image is not visible before its root, nor without everything it needs", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const { memory, raw, manifest } = await memoryImage();
  const open = (descriptor: Descriptor) => () => memory.blob(descriptor) as Promise<ByteStream>;
  await store.withLease("pull", async (lease) => {
    const sink = store.sink({ lease, names: [name] });
    await sink.putBlob(manifest.config, open(manifest.config));
    const missing = sink.putManifest(raw, { isRoot: true });
    await expect(missing).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringContaining(manifest.layers[0]!.digest),
    });
    for (const layer of manifest.layers) await sink.putBlob(layer, open(layer));
    await sink.putManifest(raw, { isRoot: false });
    expect(await store.list()).toEqual([]);
    await sink.putManifest(raw, { isRoot: true });
  });
  expect((await store.list()).map((image) => image.record.names)).toEqual([[name]]);
});

test("an image whose config lies about its layers is refused", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const { memory, manifest } = await memoryImage({ layers: [{ a: "1" }] });
  const other = await memoryImage({ layers: [{ a: "2" }] });
  for (const [id, bytes] of other.memory.blobs) memory.blobs.set(id, bytes);
  memory.addManifest(encodeManifest({ ...manifest, layers: other.manifest.layers }));
  await expect(copyInto(store, memory, [name])).rejects.toMatchObject({ code: "invalid-layer" });
  memory.addManifest(encodeManifest({ ...manifest, layers: [...manifest.layers, ...manifest.layers] }));
  await expect(copyInto(store, memory, [name])).rejects.toMatchObject({ code: "invalid-manifest" });
  expect(await store.list()).toEqual([]);
});

test("a layer that is no tar is refused with its image, and taken as part of an artifact", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const { memory, manifest } = await memoryImage();
  const layer = memory.add("just a file\n", mediaTypes.ociLayer);
  memory.addManifest(encodeManifest({ ...manifest, layers: [layer] }));
  const failure = await copyInto(store, memory, [name]).catch((error) => error);
  expect(isKasaneError(failure)).toBe(true);
  expect(["invalid-archive", "invalid-layer"]).toContain(failure.code);
  const artifact: ImageManifest = {
    kind: "manifest",
    mediaType: mediaTypes.ociManifest,
    artifactType: "text/plain",
    config: memory.add("{}", mediaTypes.ociEmpty),
    layers: [layer],
  };
  memory.addManifest(encodeManifest(artifact));
  await copyInto(store, memory, ["docker.io/library/note:latest"]);
  const found = await store.find("note");
  expect(found.manifest.artifactType).toBe("text/plain");
  await expect(readConfig(store, found.manifest)).rejects.toMatchObject({ code: "unsupported" });
});

test("an index with attestations goes in whole, and with children missing", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const memory = new MemoryImage();
  const index = await addTestIndex(memory, [
    { os: "linux", architecture: "amd64" },
    { os: "linux", architecture: "arm64" },
  ]);
  await copyInto(store, memory, [name]);
  expect((await store.meta.images.byName(name))?.target).toBe(index.digest);
  expect((await store.prune()).deleted).toEqual([]);
  expect((await Array.fromAsync(store.blobs.list())).length).toBe(memory.blobs.size + memory.manifests.size);
  await expect(store.source(digestOf("nothing")).root()).rejects.toMatchObject({ code: "not-found" });
});

test("a manifest with another digest than its bytes is refused", async () => {
  await using temporary = await temporaryStore();
  const { memory, raw, manifest } = await memoryImage();
  await temporary.store.withLease("pull", async (lease) => {
    const sink = temporary.store.sink({ lease, names: [name] });
    for (const blob of [manifest.config, ...manifest.layers])
      await sink.putBlob(blob, () => memory.blob(blob));
    const lie = sink.putManifest({ ...raw, digest: digestOf("lie") }, { isRoot: true });
    await expect(lie).rejects.toMatchObject({ code: "digest-mismatch" });
  });
});

test("writeLayer() stores, hashes and indexes in one pass, the same for the same tar", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  const { memory, manifest } = await memoryImage({
    compression: "none",
    layers: [{ "a/": "", "a/b": "content" }],
  });
  const tar = memory.blobs.get(manifest.layers[0]!.digest)!;
  await store.withLease("build", async (lease) => {
    for (const compression of ["gzip", "zstd", "none"] as const) {
      const write = () =>
        store.writeLayer(
          { tar: [tar.subarray(0, 700), tar.subarray(700)] },
          {
            lease,
            compression,
            mediaTypes: "oci",
          },
        );
      const layer = await write();
      expect(layer.diffId).toBe(digestOf(tar));
      expect(layer.index.entries.map((entry) => entry.path)).toEqual(["a", "a/b"]);
      expect((await store.blobs.stat(layer.descriptor.digest))?.sizeBytes).toBe(layer.descriptor.size);
      expect(layer.descriptor.mediaType).toBe(
        `${mediaTypes.ociLayer}${compression === "none" ? "" : `+${compression}`}`,
      );
      expect((await write()).descriptor).toEqual(layer.descriptor);
    }
    expect((await store.prune({ uploadsOlderThanMs: 0 })).deleted).toEqual([]);
  });
  expect((await store.prune()).deleted).toHaveLength(3);
});

test("writeLayer() of a source that fails leaves nothing", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  await store.withLease("build", async (lease) => {
    const write = (tar: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) =>
      store.writeLayer({ tar }, { lease, compression: "gzip", mediaTypes: "docker" });
    await expect(write(breaking(new Uint8Array(2048)))).rejects.toMatchObject({ code: "network" });
    await expect(write([new TextEncoder().encode("no tar at all")])).rejects.toBeInstanceOf(KasaneError);
  });
  expect(await Array.fromAsync(store.blobs.listUploads())).toEqual([]);
  expect(await Array.fromAsync(store.blobs.list())).toEqual([]);
});

test("an index that was lost or damaged is made again from its blob", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  await temporary.add([name]);
  const image = await store.find("x");
  const [diffId] = image.config.rootfs.diff_ids;
  const path = `${root}/indexes/${diffId!.replace(":", "/")}`;
  for (const damage of [() => Bun.file(path).delete(), () => Bun.write(path, "rubbish")]) {
    await damage();
    const fresh = await openLocalStore(root);
    expect((await fresh.layerIndex(image.manifest.layers[0]!, diffId!)).diffId).toBe(diffId!);
    expect(await Bun.file(path).exists()).toBe(true);
    const lie = fresh.layerIndex(image.manifest.layers[0]!, digestOf("other"));
    await expect(lie).rejects.toMatchObject({ code: "invalid-layer" });
    await fresh.close();
  }
});

async function* slowly(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_000) {
    await Bun.sleep(2);
    yield bytes.subarray(at, at + 10_000);
  }
}

async function* breaking(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  throw new KasaneError("network", "the connection broke");
}
