import { describe, expect, test } from "bun:test";
import { collect } from "../lib/mod.ts";
import { digestOf } from "../oci/mod.ts";
import { temporaryStore } from "../store/testing/temporary-store.ts";
import { writeTar } from "../tar/mod.ts";
import { copyToTar, findCopySource } from "./copy-out.ts";
import { type ImageView, readFile } from "./image-view.ts";
import { viewImages } from "./open-image.ts";
import { type LayerFormat, type RemoteImage, remoteImage } from "./testing/remote-image.ts";
import { writeEstargz, writeZstdChunked } from "./testing/toc-writers.ts";

/** Bytes that no compression makes smaller, the same in every run. */
function noise(sizeBytes: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0, state = seed; at < sizeBytes; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

const large = noise(400_000);
const base = [
  { path: "etc/" },
  { path: "etc/base", content: "base\n" },
  { path: "usr/" },
  { path: "usr/large", content: large },
];
const top = [{ path: "etc/" }, { path: "etc/top", content: "top\n" }, { path: "etc/link", to: "../etc/top" }];

async function looking<T>(
  image: RemoteImage,
  work: (view: ImageView) => Promise<T>,
  store?: Awaited<ReturnType<typeof temporaryStore>>["store"],
): Promise<T> {
  await using temporary = store ? undefined : await temporaryStore();
  const options = { store: store ?? temporary!.store, client: () => image.client };
  return await viewImages(options, async (viewer) => work(await viewer.open(image.reference)));
}

async function contentOf(view: ImageView, path: string): Promise<string> {
  const node = await view.find(path, { followLast: true });
  if (node === undefined) throw new Error(`${path} is not there`);
  return Buffer.from(await collect(readFile(view, node), 2 ** 28, path)).toString("latin1");
}

const bytesOf = (image: RemoteImage) => image.requests.reduce((sum, { bytes }) => sum + bytes, 0);
const formats: LayerFormat[] = ["none", "gzip", "zstd", "estargz", "zstd:chunked"];

describe.each(formats)("an image of a registry with %s layers", (format) => {
  test("has its files", async () => {
    const image = await remoteImage([base, top], format);
    await looking(image, async (view) => {
      expect(await contentOf(view, "/etc/link")).toBe("top\n");
      expect(await contentOf(view, "/etc/base")).toBe("base\n");
      expect(digestOf(Buffer.from(await contentOf(view, "usr/large"), "latin1"))).toBe(digestOf(large));
      const names = [...(await view.tree()).walk()].map(({ entry }) => entry.path);
      expect(names).toEqual(["", "etc", "etc/base", "etc/link", "etc/top", "usr", "usr/large"]);
    });
  });

  test("gives a file of the top layer without the layers below", async () => {
    const image = await remoteImage([base, top], format);
    await looking(image, async (view) => expect(await contentOf(view, "/etc/top")).toBe("top\n"));
    expect(new Set(image.requests.map(({ digest }) => digest))).toEqual(new Set([image.layers[1]!]));
  });

  test("is served by a registry that ignores Range as well", async () => {
    const image = await remoteImage([base, top], format);
    image.ignoresRange = true;
    await looking(image, async (view) => expect(await contentOf(view, "/etc/base")).toBe("base\n"));
  });

  test("shows no byte of a registry that changes them", async () => {
    const image = await remoteImage([base], format);
    // Somewhere in the large file: everything else is right.
    image.lie = (bytes) =>
      bytes.length < 1000 ? bytes : bytes.map((byte, at) => (at === 700 ? byte ^ 1 : byte));
    let seen = 0;
    const read = looking(image, async (view) => {
      const node = await view.find("/usr/large", { followLast: true });
      for await (const chunk of readFile(view, node!)) seen += chunk.length;
    });
    await expect(read).rejects.toThrow();
    expect(seen).toBe(0);
  });

  test("shows no byte of a registry that changes them between two looks", async () => {
    await using temporary = await temporaryStore();
    const image = await remoteImage([base], format);
    await looking(image, (view) => view.tree(), temporary.store);
    image.lie = (bytes) =>
      bytes.length < 1000 ? bytes : bytes.map((byte, at) => (at === 700 ? byte ^ 1 : byte));
    let seen = 0;
    const read = async (view: ImageView) => {
      const node = await view.find("/usr/large", { followLast: true });
      for await (const chunk of readFile(view, node!)) seen += chunk.length;
    };
    await expect(looking(image, read, temporary.store)).rejects.toThrow();
    expect(seen).toBe(0);
  });
});

describe.each(["estargz", "zstd:chunked"] as const)("a %s layer", (format) => {
  test("costs its table and the pieces of the file, never all of it", async () => {
    const image = await remoteImage([base], format);
    await looking(image, async (view) => expect(await contentOf(view, "/etc/base")).toBe("base\n"));
    expect(image.requests.every(({ range }) => range !== undefined)).toBe(true);
    expect(bytesOf(image)).toBeLessThan(80_000);
  });

  test("has files in parts", async () => {
    const write = format === "estargz" ? writeEstargz : writeZstdChunked;
    const image = await remoteImage([await write(base, { chunkBytes: 70_000 })], format);
    await looking(image, async (view) => {
      expect(digestOf(Buffer.from(await contentOf(view, "usr/large"), "latin1"))).toBe(digestOf(large));
    });
  });

  test("gives many small files in few requests", async () => {
    const files = Array.from({ length: 200 }, (_, index) => ({
      path: `d/${index}`,
      content: `file ${index}\n`,
    }));
    const image = await remoteImage([[{ path: "d/" }, ...files]], format);
    await looking(image, async (view) => {
      const tar = await collect(
        writeTar(copyToTar(view, await findCopySource(view, "/d"))),
        2 ** 24,
        "a tar",
      );
      expect(Buffer.from(tar).includes("file 199\n")).toBe(true);
    });
    expect(image.requests.length).toBeLessThan(5);
  });

  test("keeps nothing: its table was not compared with the layer", async () => {
    await using temporary = await temporaryStore();
    const image = await remoteImage([base], format);
    const diffId = await looking(
      image,
      async (view) => {
        await view.tree();
        return view.layers[0]!.diffId;
      },
      temporary.store,
    );
    expect(await temporary.store.knownLayerIndex(diffId)).toBeUndefined();
  });

  const write = format === "estargz" ? writeEstargz : writeZstdChunked;
  const lies: [string, (entries: Record<string, unknown>[]) => void][] = [
    ["a name that leaves the root", (entries) => (entries[0]!.name = "../../etc")],
    ["a part that is larger than its file", (entries) => (entries[1]!.chunkSize = 10)],
    ["a part outside the layer", (entries) => (entries[3]!.offset = 2 ** 45)],
    ["a size that is none", (entries) => (entries[1]!.size = -5)],
    ["a type that is none", (entries) => (entries[1]!.type = "door")],
    ["a digest that is none", (entries) => (entries[1]!.digest = "sha256:12")],
    ["no digest at all", (entries) => delete entries[1]!.digest],
    [
      "a part of nothing",
      (entries) => entries.unshift({ name: "x", type: "chunk", offset: 1, chunkSize: 1 }),
    ],
    ["a symlink to nowhere", (entries) => entries.push({ name: "x", type: "symlink" })],
    ["an entry that is none", (entries) => entries.push(null as never)],
  ];
  test.each(lies)("whose table has %s is refused", async (_, change) => {
    const image = await remoteImage([await write(base, { change })], format);
    await expect(looking(image, (view) => view.tree())).rejects.toMatchObject({ code: "invalid-layer" });
  });

  test("whose table gives a file another place shows no byte of it", async () => {
    const change = (entries: Record<string, unknown>[]) => (entries[1]!.offset = entries[3]!.offset);
    const image = await remoteImage([await write(base, { change })], format);
    await expect(looking(image, (view) => contentOf(view, "/etc/base"))).rejects.toMatchObject({
      code: expect.stringMatching(/^(digest-mismatch|invalid-layer|invalid-archive)$/),
    });
  });

  test("whose manifest names another table is refused", async () => {
    const layer = await write(base);
    const annotations = Object.fromEntries(
      Object.entries(layer.annotations).map(([key, text]) => [
        key,
        text.startsWith("sha256:") ? digestOf("other") : text,
      ]),
    );
    const image = await remoteImage([{ ...layer, annotations }], format);
    await expect(looking(image, (view) => view.tree())).rejects.toMatchObject({ code: "digest-mismatch" });
  });
});

describe.each(["none", "gzip", "zstd"] as const)("a %s layer without a table", (format) => {
  test("is read whole once; later looks need less, or nothing", async () => {
    await using temporary = await temporaryStore();
    const image = await remoteImage([[...base, { path: "usr/larger", content: noise(4_000_000) }]], format);
    await looking(
      image,
      async (view) => expect(await contentOf(view, "/etc/base")).toBe("base\n"),
      temporary.store,
    );
    expect(image.requests.map(({ range }) => range)).toEqual([undefined]);
    const whole = bytesOf(image);
    image.requests.length = 0;
    await looking(image, (view) => view.tree(), temporary.store);
    expect(image.requests).toEqual([]);
    await looking(
      image,
      async (view) => expect(await contentOf(view, "/etc/base")).toBe("base\n"),
      temporary.store,
    );
    // Up to the file, and what was on its way; of a plain tar the file alone.
    expect(bytesOf(image)).toBeLessThan(format === "none" ? 100 : whole);
  });

  test("is nothing when its digest is wrong, and its index is not kept", async () => {
    await using temporary = await temporaryStore();
    const image = await remoteImage([base], format);
    image.lie = (bytes) =>
      bytes.length < 1000 ? bytes : bytes.map((byte, at) => (at === 700 ? byte ^ 1 : byte));
    let diffId: ImageView["layers"][number]["diffId"] | undefined;
    const look = looking(
      image,
      async (view) => {
        diffId = view.layers[0]!.diffId;
        await view.tree();
      },
      temporary.store,
    );
    await expect(look).rejects.toThrow();
    expect(await temporary.store.knownLayerIndex(diffId!)).toBeUndefined();
  });
});

test("a layer that is not what the config says is refused", async () => {
  const layer = await writeEstargz(base);
  const image = await remoteImage([{ ...layer, diffId: digestOf("other"), annotations: {} }]);
  await expect(looking(image, (view) => view.tree())).rejects.toMatchObject({ code: "invalid-layer" });
});

test("an image of the store comes before the registry's, docker:// after", async () => {
  await using temporary = await temporaryStore();
  await temporary.add(["registry.example/app:v1"], { layers: [{ "etc/": "", "etc/top": "local\n" }] });
  const image = await remoteImage([top]);
  const open = (name: string) =>
    viewImages({ store: temporary.store, client: () => image.client }, async (viewer) =>
      contentOf(await viewer.open(name), "/etc/top"),
    );
  expect(await open("registry.example/app:v1")).toBe("local\n");
  expect(await open("docker://registry.example/app:v1")).toBe("top\n");
});
