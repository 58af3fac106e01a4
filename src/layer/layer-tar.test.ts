import { expect, test } from "bun:test";
import fc from "fast-check";
import { KasaneError } from "../lib/mod.ts";
import type { TarInput } from "../tar/mod.ts";
import { indexTar } from "./layer-index.ts";
import { LayerTar } from "./layer-tar.ts";

const encoder = new TextEncoder();

async function written(inputs: Iterable<TarInput> | AsyncIterable<TarInput>) {
  const tar = new LayerTar(inputs);
  const chunks = await Array.fromAsync(tar.bytes());
  return { index: tar.index(), chunks };
}

const name = fc.oneof(
  fc.stringMatching(/^[a-z]{1,8}$/),
  fc.constantFrom("é", "名前", "\udc80raw", "x".repeat(120), ".wh.gone", ".wh..wh..opq", ".wh..wh.plnk"),
);
const path = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .filter((parts) => parts.slice(0, -1).every((part) => !part.startsWith(".wh.")))
  .map((parts) => parts.join("/"));
const attributes = fc.record({
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  gid: fc.integer({ min: 0, max: 70_000 }),
  modified: fc.record({
    seconds: fc.integer({ min: -1000, max: 2 ** 34 }),
    nanoseconds: fc.constantFrom(0, 0, 123, 999_999_999),
  }),
});
const xattrs = fc.constantFrom(
  undefined,
  new Map([["user.a", encoder.encode("1\n2")]]),
  new Map([
    ["trusted.overlay.opaque", encoder.encode("y")],
    ["security.capability", Uint8Array.of(1, 0, 0, 2, 0)],
  ]),
);
const input = fc
  .tuple(
    path,
    attributes,
    xattrs,
    fc.constantFrom("file", "file", "directory", "symlink", "hardlink", "fifo", "character-device" as const),
    fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 3 }),
    fc.boolean(),
  )
  .map(([path, attributes, xattrs, type, sizes, isStreamed]): TarInput => {
    const base = { path, type, ...attributes, sizeBytes: 0, ...(xattrs && { xattrs }) };
    if (type === "symlink" || type === "hardlink") return { entry: { ...base, linkTarget: "some/where" } };
    if (type === "character-device") return { entry: { ...base, deviceMajor: 0, deviceMinor: sizes.length } };
    if (type !== "file") return { entry: base };
    const chunks = sizes.map((size, index) => new Uint8Array(size).fill(65 + index));
    const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
    async function* streamed() {
      yield* chunks;
    }
    return { entry: { ...base, sizeBytes }, content: isStreamed ? streamed() : chunks };
  });

test("LayerTar makes the index that reading its tar makes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(input, { maxLength: 12 }), async (inputs) => {
      const { index, chunks } = await written(inputs);
      expect(index).toEqual(await indexTar(chunks));
    }),
    { numRuns: 200 },
  );
});

test("LayerTar writes nothing that could not be read back", async () => {
  const entry = { type: "file", mode: 0, uid: 0, gid: 0, sizeBytes: 0 } as const;
  const modified = { seconds: 0, nanoseconds: 0 };
  const write = (path: string) => written([{ entry: { ...entry, modified, path } }]);
  await expect(write(`${"d/".repeat(2100)}f`)).rejects.toMatchObject({ code: "limit-exceeded" });
  await expect(write("../out")).rejects.toBeInstanceOf(KasaneError);
  await expect(write(`${"n".repeat(256)}`)).rejects.toMatchObject({ code: "invalid-layer" });
});
