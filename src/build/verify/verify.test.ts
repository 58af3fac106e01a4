import { expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { buildFixture } from "../testing/build-fixture.ts";
import { compareLayers } from "./compare-layers.ts";
import { firstDifference } from "./first-difference.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test.each([
  ["text", bytes("a\nb 1\nc"), bytes("a\nb 2\nc"), { offset: 4, line: 2, before: "b 1", after: "b 2" }],
  ["an end", bytes("a\n"), bytes("a\nb"), { offset: 2, line: 2, before: "", after: "b" }],
  ["the first byte", bytes("x"), bytes("y"), { offset: 0, line: 1, before: "x", after: "y" }],
  ["binary", Uint8Array.of(1, 0, 2), Uint8Array.of(1, 0, 3), { offset: 2 }],
  ["no UTF-8", Uint8Array.of(0xff, 1), Uint8Array.of(0xff, 2), { offset: 1 }],
  ["a .pyc", pyc(1), pyc(2), { offset: 8, cause: "pyc-time" }],
  ["a gzip", gzipAt(1), gzipAt(2), { offset: 4, cause: "gzip-time" }],
] as const)("firstDifference() of %s", (_, before, after, expected) => {
  expect(firstDifference(before, after)).toEqual(expected);
});

function pyc(time: number): Uint8Array {
  return Uint8Array.of(0xa7, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0, time, 0, 0, 0, 0x63);
}

function gzipAt(time: number): Uint8Array {
  const bytes = gzipSync("x");
  bytes[4] = time;
  return bytes;
}

test("compareLayers() names every path that is not alike, with what is not", async () => {
  await using fixture = await buildFixture({
    "a/same": "1",
    "a/text": "one\ntwo\n",
    "a/mode": "x",
    "a/gone": "",
    "a/kind": "file",
    "b/same": "1",
    "b/text": "one\n2\n",
    "b/mode": { mode: 0o755, content: "x" },
    "b/new": "",
    "b/kind": { link: "x" },
  });
  const layerOf = async (directory: string) => {
    const { manifest, config } = await fixture.build(`FROM scratch\nCOPY ${directory} /\n`);
    const layer = { descriptor: manifest.layers[0]!, diffId: config.rootfs.diff_ids[0]! };
    return { layer, index: await fixture.store.layerIndex(layer.descriptor, layer.diffId) };
  };
  const differences = await compareLayers(fixture.store.blobs, await layerOf("a"), await layerOf("b"));
  const short = differences.map(({ path, kind, attributes, content }) => [
    path,
    kind,
    attributes.map(({ name }) => name).join(),
    content?.line,
  ]);
  expect(short).toEqual([
    ["gone", "missing", "", undefined],
    ["kind", "changed", "type,mode,size,content,link", 1],
    ["mode", "changed", "mode", undefined],
    ["new", "added", "", undefined],
    ["text", "changed", "size,content", 2],
  ]);
});
