/**
 * A process that works on a store until it is killed, or for a number of steps: `kill-worker.ts ROOT SEED [STEPS]`. It prints `ready` when the
 * store is open, and ends with an error for any failure that other processes at work do not explain.
 */
import { copyImage, newImage } from "../../src/image/mod.ts";
import { addTestImage, addTestIndex, MemoryImage } from "../../src/image/testing/memory-image.ts";
import { type ByteStream, isKasaneError, toByteStream } from "../../src/lib/mod.ts";
import type { Descriptor } from "../../src/oci/mod.ts";
import { type LocalStore, openLocalStore } from "../../src/store/mod.ts";

/** mulberry32: small, seeded, good enough to choose by. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Bytes that do not compress, the same in every process. */
function noise(size: number, seed: number): Uint8Array {
  const random = randomFrom(seed);
  return Uint8Array.from({ length: size }, () => random(256));
}

/** Images that share layers, with one of every kind: single, several layers, leaning on what is below, an index. */
export async function testImages(): Promise<MemoryImage[]> {
  const base = { "bin/": "", "bin/sh": noise(120_000, 1), "etc/": "", "etc/motd": "hello\n" };
  const platform = { os: "linux", architecture: "amd64" };
  const single = [
    [base],
    [base, { "etc/": "", "etc/app.conf": noise(60_000, 2) }],
    [base, { "etc/app.conf": noise(500, 3) }, { "opt/": "", "opt/big": noise(400_000, 4) }],
    [{ "other/": "", "other/data": noise(200_000, 5) }],
  ];
  const images: MemoryImage[] = [];
  for (const layers of single) {
    const image = new MemoryImage();
    await addTestImage(image, { platform, layers });
    images.push(image);
  }
  const index = new MemoryImage();
  await addTestIndex(index, [platform, { os: "linux", architecture: "arm64" }], { layers: [base] });
  return [...images, index];
}

/** The image, its bytes coming in small pieces with a turn of the event loop before each: many places to be killed at. */
class SlowImage extends MemoryImage {
  override async blob(descriptor: Descriptor, range?: { start: number; end?: number }): Promise<ByteStream> {
    const bytes = this.blobs.get(descriptor.digest)!.subarray(range?.start ?? 0, range?.end);
    return toByteStream(
      (async function* () {
        for (let at = 0; at < bytes.length; at += 16_384) {
          await new Promise((resolve) => setImmediate(resolve));
          yield bytes.subarray(at, at + 16_384);
        }
      })(),
    );
  }
}

/** Steps that others at work cannot make fail. */
async function surelyStep(
  store: LocalStore,
  images: readonly MemoryImage[],
  random: (below: number) => number,
) {
  switch (random(6)) {
    case 0: {
      // With less patience it would take what others are just writing.
      await store.prune({ dangling: random(2) === 0, uploadsOlderThanMs: 60_000 });
      return;
    }
    case 1: {
      const work = await store.workDirectory("build");
      await Bun.write(`${work.path}/a/b/c`, "x");
      await work.dispose();
      return;
    }
    default: {
      const image = Object.assign(new SlowImage(), images[random(images.length)]);
      const name = `docker.io/library/app${random(4)}:latest`;
      await store.withLease("pull", (lease) =>
        copyImage(image, store.sink({ lease, names: [name] }), { platforms: "all" }),
      );
    }
  }
}

/** Steps on an image that is here, unless somebody else removed it. */
async function imageStep(store: LocalStore, random: (below: number) => number): Promise<void> {
  const name = () => `app${random(4)}`;
  switch (random(5)) {
    case 0:
      return store.tag(name(), [name(), `${name()}:${random(3)}`]);
    case 1:
    case 2: {
      const image = await store.find(name());
      await store.withLease("run", async (lease) => (await store.unpack(image, { lease })).release());
      return;
    }
    case 3: {
      await store.remove(name(), { force: random(2) === 0 });
      return;
    }
    default:
      return commit(store, name(), random);
  }
}

/** A new layer on top of an image, as build and commit do it. */
async function commit(store: LocalStore, name: string, random: (below: number) => number): Promise<void> {
  const base = await store.find(name);
  const memory = new MemoryImage();
  const { digest } = await addTestImage(memory, {
    compression: "none",
    layers: [{ "new/file": noise(30_000, random(8)) }],
  });
  const tar = JSON.parse(new TextDecoder().decode(memory.manifests.get(digest)!.bytes)).layers[0].digest;
  await store.withLease("build", async (lease) => {
    const layer = await store.writeLayer(
      { tar: [memory.blobs.get(tar)!] },
      {
        lease,
        compression: "gzip",
        mediaTypes: "oci",
      },
    );
    const layers = [...base.manifest.layers, layer.descriptor].map((descriptor, index) => ({
      descriptor,
      diffId: base.config.rootfs.diff_ids[index] ?? layer.diffId,
    }));
    const image = newImage({ platform: { os: "linux", architecture: "amd64" }, layers, history: [] });
    const sink = store.sink({ lease, names: [`docker.io/library/${name}:latest`], builtAtMs: 1 });
    await sink.putBlob(image.configDescriptor, async () => toByteStream([image.configBytes]));
    await sink.putManifest(image.raw, { isRoot: true });
  });
}

if (import.meta.main) {
  const [root, seed, steps] = process.argv.slice(2);
  const random = randomFrom(Number(seed));
  const images = await testImages();
  const store = await openLocalStore(root!);
  process.stdout.write("ready\n");
  for (let count = 0; steps === undefined || count < Number(steps); count++) {
    if (random(2) === 0) await surelyStep(store, images, random);
    else {
      await imageStep(store, random).catch((error) => {
        if (!isKasaneError(error, "not-found")) throw error;
      });
    }
  }
  await store.close();
}
