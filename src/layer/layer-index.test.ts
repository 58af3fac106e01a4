import { expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { isKasaneError, tap } from "../lib/mod.ts";
import { digestOf } from "../oci/mod.ts";
import { writeTar } from "../tar/mod.ts";
import { arbitraryInput } from "../tar/testing/arbitrary-input.ts";
import { compress } from "./compression.ts";
import type { LayerEntry, LayerIndex } from "./entry.ts";
import { indexLayer, isSelfContained } from "./layer-index.ts";
import { decodeLayerIndex, encodeLayerIndex } from "./layer-index-file.ts";
import { layerTar, type TestEntry } from "./testing/layer-tar.ts";

const indexOf = async (entries: readonly (TestEntry | string)[]) => indexLayer([await layerTar(entries)]);

/** `type path -> target` of every entry. */
const shown = ({ entries }: LayerIndex) =>
  entries.map(
    ({ type, path, linkTarget }) => `${type} ${path}${linkTarget === undefined ? "" : ` -> ${linkTarget}`}`,
  );

test("indexLayer() keeps everything about an entry", async () => {
  const tar = await layerTar([
    { path: "./bin/", mode: 0o1755, uid: 1, gid: 2, time: 99 },
    { path: "bin/sh", content: "#!", mode: 0o4755, xattrs: { "security.capability": "cap" } },
    { path: "bin/empty", content: "" },
    { path: "bin/bash", to: "../usr/bin/bash" },
    { path: "bin/ash", type: "hardlink", to: "/bin/../bin/sh" },
    { path: "dev/null", type: "character-device", device: [1, 3] },
  ]);
  const { entries, diffId, tarSizeBytes } = await indexLayer([tar]);
  expect(diffId).toBe(digestOf(tar));
  expect(tarSizeBytes).toBe(tar.length);
  expect(entries[0]).toEqual({
    path: "bin",
    type: "directory",
    mode: 0o1755,
    uid: 1,
    gid: 2,
    sizeBytes: 0,
    modified: { seconds: 99, nanoseconds: 0 },
  });
  expect(entries[1]).toMatchObject({
    path: "bin/sh",
    type: "file",
    mode: 0o4755,
    sizeBytes: 2,
    contentDigest: digestOf("#!"),
    xattrs: new Map([["security.capability", Buffer.from("cap")]]),
  });
  const { contentOffset } = entries[1]!;
  expect(Buffer.from(tar.subarray(contentOffset, contentOffset! + 2)).toString()).toBe("#!");
  expect(entries[2]).toMatchObject({ sizeBytes: 0, contentDigest: digestOf("") });
  expect(entries[3]).toMatchObject({ type: "symlink", linkTarget: "../usr/bin/bash" });
  expect(entries[4]).toMatchObject({ type: "hardlink", linkTarget: "bin/sh" });
  expect(entries[4]!.contentDigest).toBeUndefined();
  expect(entries[5]).toMatchObject({ deviceMajor: 1, deviceMinor: 3 });
});

test("indexLayer() gives the same index for every compression and every chunk", async () => {
  const tar = await layerTar([
    "a/",
    { path: "a/b", content: "x".repeat(300_000) },
    { path: "a/c", content: "y" },
  ]);
  const expected = await indexLayer([tar]);
  expect(expected.entries[1]!.contentDigest).toBe(digestOf("x".repeat(300_000)));
  const gzip = gzipSync(tar);
  const chunks = Array.from({ length: Math.ceil(gzip.length / 100) }, (_, i) =>
    gzip.subarray(i * 100, i * 100 + 100),
  );
  for (const blob of [
    [gzip],
    chunks,
    [zstdCompressSync(tar)],
    compress([tar], "gzip"),
    compress([tar], "zstd"),
  ]) {
    expect(await indexLayer(blob)).toEqual(expected);
  }
});

test("indexLayer() counts what stands behind the end of the tar for the diffID", async () => {
  const tar = Buffer.concat([await layerTar(["a"]), Buffer.alloc(10_240), Buffer.from("tail")]);
  const index = await indexLayer([gzipSync(tar)]);
  expect(index.diffId).toBe(digestOf(tar));
  expect(index.tarSizeBytes).toBe(tar.length);
});

test("indexLayer() puts whiteouts under the path they hide and leaves out what aufs kept for itself", async () => {
  const index = await indexOf([
    "d/",
    "d/.wh.gone",
    "d/.wh..wh..opq",
    ".wh..wh..opq",
    ".wh..wh.plnk/",
    ".wh..wh.plnk/12.34",
    ".wh..wh.aufs",
    { path: "d/.wh.device", type: "character-device", device: [0, 0] },
    { path: "d/overlay", type: "character-device", device: [0, 0] },
    { path: "d/.wh.linked", type: "hardlink", to: ".wh..wh.aufs" },
  ]);
  expect(shown(index)).toEqual([
    "directory d",
    "whiteout d/gone",
    "opaque d",
    "opaque ",
    "whiteout d/device",
    "whiteout d/overlay",
    "whiteout d/linked",
  ]);
});

test("indexLayer() drops attributes that overlayfs would take for its own", async () => {
  const [entry] = (
    await indexOf([
      {
        path: "d/",
        xattrs: {
          "trusted.overlay.opaque": "y",
          "trusted.overlay.redirect": "/etc",
          "user.overlay.origin": "x",
          "user.kasane.owner": "1:1",
          "user.a": "b",
        },
      },
    ])
  ).entries;
  expect([...entry!.xattrs!.keys()]).toEqual(["user.a"]);
});

test.each<[string, TestEntry | string]>([
  ["a path above the root", "../etc/passwd"],
  ["a path that leaves the root on its way", "a/../../b"],
  ["a whiteout of the directory it is in", "a/.wh."],
  ["a whiteout of the parent", "a/.wh..."],
  ["an entry below a whiteout", ".wh.a/b"],
  ["a hard link above the root", { path: "a", type: "hardlink", to: "../etc/shadow" }],
  ["a hard link to the root", { path: "a", type: "hardlink", to: "/" }],
  ["a root that is a file", "."],
  ["a root that is a link", { path: "/", type: "symlink", to: "etc" }],
  [
    "a root that overlayfs would take for a whiteout",
    { path: ".", type: "character-device", device: [0, 0] },
  ],
  ["a name no file system holds", `a/${"é".repeat(128)}`],
])("indexLayer() refuses %s", async (_, entry) => {
  if (typeof entry !== "string" && entry.path.endsWith("/")) entry = { ...entry, path: "./." };
  await expect(indexOf(["ok", entry])).rejects.toMatchObject({ code: "invalid-layer" });
});

test("indexLayer() refuses limits, damage and truncation with their codes", async () => {
  const tar = await layerTar(["a", "b", { path: "c", content: "x".repeat(2000) }]);
  await expect(indexLayer([tar], { maxEntries: 2 })).rejects.toMatchObject({ code: "limit-exceeded" });
  await expect(indexLayer([gzipSync(tar).subarray(0, -20)])).rejects.toMatchObject({
    code: "invalid-archive",
  });
  await expect(indexLayer([tar.subarray(0, 2500)])).rejects.toMatchObject({ code: "invalid-archive" });
  await expect(indexLayer([Buffer.from("<html>")])).rejects.toMatchObject({ code: "invalid-archive" });
});

test("indexLayer() leaves the source at the pace of the tap and closes it on failure", async () => {
  const blob = gzipSync(await layerTar([{ path: "a", content: "x".repeat(100_000) }, "../b"]), { level: 0 });
  let seen = 0;
  let closed = false;
  async function* source() {
    try {
      for (let at = 0; at < blob.length; at += 1000) yield blob.subarray(at, at + 1000);
      for (;;) yield new Uint8Array(1000);
    } finally {
      closed = true;
    }
  }
  const tapped = tap(source(), (chunk) => {
    seen += chunk.length;
  });
  await expect(indexLayer(tapped)).rejects.toMatchObject({ code: "invalid-layer" });
  expect(closed).toBe(true);
  expect(seen).toBeLessThan(50_000_000);
});

test("indexLayer() gives clean paths or refuses, whatever the tar", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arbitraryInput, { minLength: 1, maxLength: 5 }), async (inputs) => {
      let index: LayerIndex;
      try {
        index = await indexLayer(writeTar(inputs));
      } catch (error) {
        expect(isKasaneError(error, "invalid-layer")).toBe(true);
        return;
      }
      for (const { path, type, linkTarget } of index.entries) {
        for (const clean of type === "hardlink" ? [path, linkTarget!] : [path]) {
          expect(clean).not.toMatch(/^\/|\/$|\/\/|(^|\/)\.\.?(\/|$)|\0/);
        }
      }
      expect(decodeLayerIndex(encodeLayerIndex(index))).toEqual(index);
    }),
    { numRuns: 200 },
  );
});

test.each<[boolean, string, (TestEntry | string)[]]>([
  [true, "nothing", []],
  [true, "files of the root", ["a", "b"]],
  [true, "a root that is named", ["./", "a"]],
  [true, "parents before children", ["a/", "a/b/", "a/b/c"]],
  [false, "a parent that is missing", ["a/b"]],
  [false, "a grandparent that is missing", ["b/", "a/b/", "a/b/c"]],
  [false, "a parent that comes too late", ["a/b", "a/"]],
  [false, "a parent that is a symlink", [{ path: "a", to: "b" }, "a/c"]],
  [false, "a parent that became a file", ["a/", "a", "a/b"]],
  [false, "a whiteout in a directory of the layer", ["a/", "a/.wh.b"]],
  [false, "a whiteout of the root", [".wh.b"]],
  [false, "a whiteout in a directory of below", ["a/.wh.b"]],
  [false, "an opaque directory", ["a/", "a/.wh..wh..opq", "a/b"]],
  [false, "an opaque directory that is not named", ["a/.wh..wh..opq"]],
  [false, "a directory that replaces what it hides", [".wh.a", "a/", "a/b"]],
  [
    true,
    "a hard link to a file before",
    ["a", { path: "b", type: "hardlink", to: "a" }, { path: "c", type: "hardlink", to: "b" }],
  ],
  [false, "a hard link to a file of below", [{ path: "b", type: "hardlink", to: "a" }]],
  [false, "a hard link to a file after", [{ path: "b", type: "hardlink", to: "a" }, "a"]],
  [false, "a hard link to what is hidden", [".wh.a", { path: "b", type: "hardlink", to: "a" }]],
])("isSelfContained() is %p for %s", async (expected, _, entries) => {
  expect(isSelfContained(await indexOf(entries))).toBe(expected);
});

const arbitraryEntry: fc.Arbitrary<LayerEntry> = fc
  .record({
    path: fc.oneof(fc.string({ unit: "binary" }), fc.constant("a\udcffb"), fc.constant("line\nbreak")),
    type: fc.constantFrom<LayerEntry["type"]>(
      "file",
      "directory",
      "symlink",
      "hardlink",
      "fifo",
      "whiteout",
      "opaque",
      "block-device",
    ),
    mode: fc.nat(0o7777),
    uid: fc.nat(),
    gid: fc.oneof(fc.constant(0), fc.nat()),
    sizeBytes: fc.oneof(fc.constant(0), fc.maxSafeNat()),
    modified: fc.record({ seconds: fc.maxSafeInteger(), nanoseconds: fc.nat(999_999_999) }),
    more: fc.record(
      {
        linkTarget: fc.string({ unit: "binary" }),
        deviceMajor: fc.constant(8),
        xattrs: fc
          .array(fc.tuple(fc.string(), fc.uint8Array()))
          .map(
            (pairs) => new Map<string, Uint8Array>(pairs.map(([key, value]) => [key, Buffer.from(value)])),
          ),
        contentDigest: fc.string().map((text) => digestOf(text)),
        contentOffset: fc.maxSafeNat(),
        sparseOffset: fc.maxSafeNat(),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ more, ...entry }) => ({
    ...entry,
    ...more,
    ...(more.deviceMajor === undefined ? {} : { deviceMinor: 0 }),
  }));

test("decodeLayerIndex() reads what encodeLayerIndex() writes", () => {
  fc.assert(
    fc.property(fc.array(arbitraryEntry), fc.maxSafeNat(), (entries, tarSizeBytes) => {
      const index = { diffId: digestOf(String(tarSizeBytes)), tarSizeBytes, entries };
      expect(decodeLayerIndex(encodeLayerIndex(index))).toEqual(index);
    }),
  );
});

const head = { version: 1, diffId: digestOf(""), tarSizeBytes: 1, entries: 1 };
const emptyFile = encodeLayerIndex({ diffId: digestOf(""), tarSizeBytes: 1, entries: [] });
const line = { path: "a", type: "file", mode: 420, mtime: 0 };
const lines = (...values: unknown[]) =>
  zstdCompressSync(values.map((value) => `${JSON.stringify(value)}\n`).join(""));

test.each([
  ["no zstd", new Uint8Array(10)],
  ["a cut file", emptyFile.subarray(0, -3)],
  ["a wrong checksum", emptyFile.map((byte, i) => (i === emptyFile.length - 1 ? byte ^ 1 : byte))],
  ["nothing", zstdCompressSync("")],
  ["no JSON", zstdCompressSync("{\n")],
  ["a newer version", lines({ ...head, version: 2 }, line)],
  ["a missing line", lines({ ...head, entries: 2 }, line)],
  ["a line too much", lines(head, line, line)],
  ["a last line that is cut", zstdCompressSync(`${JSON.stringify(head)}\n${JSON.stringify(line)}`)],
  ["a diffID that is none", lines({ ...head, diffId: "sha256:1" }, line)],
  ["a size that is none", lines({ ...head, tarSizeBytes: -1 }, line)],
  ["no path", lines(head, { ...line, path: undefined })],
  ["an unknown type", lines(head, { ...line, type: "door" })],
  ["a mode that is text", lines(head, { ...line, mode: "420" })],
  ["a digest that is none", lines(head, { ...line, digest: "x" })],
  ["a time that is none", lines(head, { ...line, mtime: 0.5 })],
  ["half a device", lines(head, { ...line, device: [1] })],
  ["xattrs that are a number", lines(head, { ...line, xattrs: { a: 1 } })],
  ["a line that is null", lines(head, null)],
  ["an unknown field", lines(head, { ...line, color: "red" })],
])("decodeLayerIndex() refuses %s", (_, bytes) => {
  expect(() => decodeLayerIndex(bytes)).toThrow(expect.objectContaining({ code: "io" }));
});
