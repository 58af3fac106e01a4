import { expect, test } from "bun:test";
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../oci/mod.ts";
import type { LayerEntry } from "./entry.ts";
import { indexLayer } from "./layer-index.ts";
import { readLayerFiles } from "./read-layer-files.ts";
import { layerTar, temporaryDirectory } from "./testing/layer-tar.ts";

async function read(tar: Uint8Array, entries: Iterable<LayerEntry>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { entry, content } of readLayerFiles([Bun.gzipSync(new Uint8Array(tar))], entries)) {
    found[entry.path] = Buffer.concat(
      (await Array.fromAsync(content())).map((chunk) => new Uint8Array(chunk)),
    ).toString();
  }
  return found;
}

test("readLayerFiles() gives the files that are asked for, of several with one path the right one", async () => {
  const tar = await layerTar([
    { path: "a", content: "first" },
    { path: "b", content: "b" },
    { path: "a", content: "second" },
    { path: "empty", content: "" },
  ]);
  const { entries } = await indexLayer([tar]);
  expect(await read(tar, [entries[2]!])).toEqual({ a: "second" });
  expect(await read(tar, [entries[1]!, entries[0]!])).toEqual({ a: "first", b: "b" });
  expect(await read(tar, [entries[3]!])).toEqual({});
});

test("readLayerFiles() says when the layer is another one", async () => {
  const { entries } = await indexLayer([
    await layerTar([
      { path: "a", content: "x".repeat(600) },
      { path: "b", content: "b" },
    ]),
  ]);
  const other = await layerTar([
    { path: "a", content: "x" },
    { path: "b", content: "b" },
  ]);
  await expect(read(other, entries)).rejects.toMatchObject({ code: "invalid-layer" });
});

test.skipIf(Bun.which("tar") === null)(
  "readLayerFiles() reads sparse files, which have no contentOffset",
  async () => {
    await using directory = temporaryDirectory();
    const file = openSync(join(directory.path, "sparse"), "w");
    ftruncateSync(file, 5_000_000);
    writeSync(file, "in the middle", 2_000_000);
    closeSync(file);
    const made = Bun.spawnSync(["tar", "--sparse", "--format=pax", "-cf", "-", "sparse"], {
      cwd: directory.path,
    });
    const index = await indexLayer([made.stdout]);
    const [entry] = index.entries;
    const expected = await Bun.file(join(directory.path, "sparse")).text();
    expect(index.tarSizeBytes).toBeLessThan(100_000);
    expect(entry).toMatchObject({ sizeBytes: 5_000_000, contentDigest: digestOf(expected) });
    expect(entry!.contentOffset).toBeUndefined();
    expect((await read(made.stdout, [entry!])).sparse === expected).toBe(true);
  },
);
