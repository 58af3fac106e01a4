import { afterAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyImage } from "./copy-image.ts";
import { imageSinkContract } from "./image-sink.contract.ts";
import { layoutSink, layoutSource, listLayout } from "./layout.ts";
import { addTestImage, MemoryImage } from "./testing/memory-image.ts";

const root = await mkdtemp(join(tmpdir(), "layout-test-"));
afterAll(() => rm(root, { recursive: true }));
let count = 0;
const newDirectory = () => join(root, String(count++));

async function anImage(content: string) {
  const image = new MemoryImage();
  await addTestImage(image, { layers: [{ content }] });
  return image;
}

describe("layoutSink() and layoutSource()", () => {
  imageSinkContract(async () => {
    const directory = newDirectory();
    return { sink: layoutSink(directory, { ref: "v1" }), source: () => layoutSource(directory, "v1") };
  });
});

describe("layoutSink()", () => {
  test("writes a layout and nothing else", async () => {
    const directory = newDirectory();
    const image = await anImage("x");
    await copyImage(image, layoutSink(directory, { ref: "v1" }));
    expect((await readdir(directory)).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
    expect(await readFile(join(directory, "oci-layout"), "utf8")).toBe('{"imageLayoutVersion":"1.0.0"}');
    const { bytes, digest } = await image.root();
    expect(await readFile(join(directory, "index.json"), "utf8")).toBe(
      `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":` +
        `"application/vnd.oci.image.manifest.v1+json","digest":"${digest}","size":${bytes.length},` +
        `"annotations":{"org.opencontainers.image.ref.name":"v1"}}]}`,
    );
  });

  test("keeps images of other names, also when several arrive at once", async () => {
    const directory = newDirectory();
    await Promise.all(
      ["a", "b", "c", "d"].map(async (ref) => copyImage(await anImage(ref), layoutSink(directory, { ref }))),
    );
    await copyImage(await anImage("unnamed"), layoutSink(directory));
    await copyImage(await anImage("b2"), layoutSink(directory, { ref: "b" }));
    const refs = (await listLayout(directory)).map(({ refNames }) => refNames[0] ?? "-");
    expect(refs.sort()).toEqual(["-", "a", "b", "c", "d"]);
    const b2 = await anImage("b2");
    expect((await (await layoutSource(directory, "b")).root()).digest).toBe(b2.rootDigest!);
  });

  test("names an image that had no name", async () => {
    const directory = newDirectory();
    await copyImage(await anImage("x"), layoutSink(directory));
    await copyImage(await anImage("x"), layoutSink(directory, { ref: "v1" }));
    expect((await listLayout(directory)).map(({ refNames }) => refNames)).toEqual([["v1"]]);
  });
});

describe("layoutSource()", () => {
  test("finds an image by ref.name, by full name, by digest, or when it is the only one", async () => {
    const directory = newDirectory();
    const image = await anImage("x");
    await copyImage(image, layoutSink(directory, { ref: "docker.io/library/app:1" }));
    const digest = image.rootDigest!;
    for (const ref of [undefined, "docker.io/library/app:1", "app:1", `@${digest}`]) {
      expect((await (await layoutSource(directory, ref)).root()).digest).toBe(digest);
    }
  });

  test("says which images there are when it cannot choose", async () => {
    const directory = newDirectory();
    await copyImage(await anImage("a"), layoutSink(directory, { ref: "a" }));
    await copyImage(await anImage("b"), layoutSink(directory, { ref: "b" }));
    await expect(layoutSource(directory)).rejects.toMatchObject({ code: "conflict", hint: "it has a, b" });
    await expect(layoutSource(directory, "c")).rejects.toMatchObject({
      code: "not-found",
      hint: "it has a, b",
    });
  });

  test.each<[string, string | undefined, string | undefined, string]>([
    ["no oci-layout", undefined, "{}", "not-found"],
    ["no index.json", '{"imageLayoutVersion":"1.0.0"}', undefined, "not-found"],
    ["another version", '{"imageLayoutVersion":"2.0.0"}', "{}", "invalid-archive"],
    ["an oci-layout that is no JSON", "x", "{}", "invalid-archive"],
    [
      "an index.json that is no index",
      '{"imageLayoutVersion":"1.0.0"}',
      '{"schemaVersion":2}',
      "invalid-archive",
    ],
  ])("refuses a directory with %s", async (_, layout, index, code) => {
    const directory = await mkdtemp(join(root, "bad-"));
    if (layout !== undefined) await writeFile(join(directory, "oci-layout"), layout);
    if (index !== undefined) await writeFile(join(directory, "index.json"), index);
    await expect(layoutSource(directory)).rejects.toMatchObject({ code });
  });
});
