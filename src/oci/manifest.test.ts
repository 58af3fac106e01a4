import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isKasaneError } from "../lib/mod.ts";
import { digestOf } from "./digest.ts";
import { encodeManifest } from "./encode-manifest.ts";
import type { Manifest } from "./manifest.ts";
import { isLayerType, layerMediaType, layerType, mediaTypes } from "./media-type.ts";
import { manifestLimitBytes, manifestLimitEntries, parseManifest, rawManifest } from "./parse-manifest.ts";

const digest = digestOf("x");
const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const layer = { mediaType: mediaTypes.ociLayerGzip, digest, size: 1 };
const config = { mediaType: mediaTypes.ociConfig, digest, size: 2 };
const image = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [layer] };
const without = (value: object, key: string) => ({ ...value, [key]: undefined });

describe("parseManifest()", () => {
  test.each<[string, unknown, string | undefined, string, string]>([
    ["OCI manifest", image, undefined, "manifest", mediaTypes.ociManifest],
    [
      "OCI manifest without mediaType",
      without(image, "mediaType"),
      undefined,
      "manifest",
      mediaTypes.ociManifest,
    ],
    [
      "type from the transport",
      without(image, "mediaType"),
      mediaTypes.dockerManifest,
      "manifest",
      mediaTypes.dockerManifest,
    ],
    [
      "transport with parameters",
      image,
      `${mediaTypes.ociManifest}; charset=utf-8`,
      "manifest",
      mediaTypes.ociManifest,
    ],
    ["generic transport", image, "application/json", "manifest", mediaTypes.ociManifest],
    [
      "Docker manifest",
      { ...image, mediaType: mediaTypes.dockerManifest },
      undefined,
      "manifest",
      mediaTypes.dockerManifest,
    ],
    ["index", index, undefined, "index", mediaTypes.ociIndex],
    ["index without mediaType", without(index, "mediaType"), undefined, "index", mediaTypes.ociIndex],
    [
      "manifest list",
      { ...index, mediaType: mediaTypes.dockerManifestList },
      undefined,
      "index",
      mediaTypes.dockerManifestList,
    ],
    ["empty index as Go writes it", { ...index, manifests: null }, undefined, "index", mediaTypes.ociIndex],
    ["unknown fields", { ...image, future: { a: [1] } }, undefined, "manifest", mediaTypes.ociManifest],
  ])("reads %s", (_, document, transport, kind, type) => {
    const manifest = parseManifest(bytes(document), transport);
    expect([manifest.kind, manifest.mediaType]).toEqual([kind, type] as never);
  });

  test("keeps every field of a descriptor", () => {
    const full = {
      ...layer,
      size: 2 ** 53 - 1,
      urls: ["https://example.com/x"],
      annotations: { b: "2", a: "1" },
      data: "eA==",
      artifactType: "application/x",
      platform: { architecture: "arm", os: "linux", variant: "v7", "os.version": "1", "os.features": ["f"] },
    };
    const manifest = parseManifest(bytes({ ...image, layers: [full], subject: config, artifactType: "a/b" }));
    expect(manifest).toEqual({
      kind: "manifest",
      mediaType: mediaTypes.ociManifest,
      artifactType: "a/b",
      config,
      layers: [full as never],
      subject: config,
    });
  });

  const schema1 = { schemaVersion: 1, name: "a", tag: "b", fsLayers: [], history: [], signatures: [] };
  test.each<[string, unknown, string | undefined, string]>([
    ["both manifests and layers", { ...image, manifests: [] }, undefined, "invalid-manifest"],
    ["an index with layers", { ...index, layers: [] }, undefined, "invalid-manifest"],
    ["an index with config", { ...index, config }, undefined, "invalid-manifest"],
    ["a transport that contradicts", image, mediaTypes.ociIndex, "invalid-manifest"],
    ["a known key in another case", { ...image, Layers: [] }, undefined, "invalid-manifest"],
    ["a key named twice", JSON.stringify(image).replace("{", '{"layers":[],'), undefined, "invalid-manifest"],
    [
      "a key named twice, escaped",
      JSON.stringify(image).replace("{", '{"l\\u0061yers":[],'),
      undefined,
      "invalid-manifest",
    ],
    [
      "a key twice far away",
      JSON.stringify(image).replace("{", `{"layers"${" ".repeat(99)}:[],`),
      undefined,
      "invalid-manifest",
    ],
    ["schema 1", schema1, undefined, "unsupported"],
    ["schema 1 by type", schema1, "application/vnd.docker.distribution.manifest.v1+prettyjws", "unsupported"],
    ["an unknown type", { ...image, mediaType: "application/x" }, undefined, "unsupported"],
    ["an unknown transport type", without(image, "mediaType"), "text/html", "unsupported"],
    ["neither shape", { schemaVersion: 2 }, undefined, "invalid-manifest"],
    ["no schemaVersion", without(image, "schemaVersion"), undefined, "invalid-manifest"],
    ["no config", without(image, "config"), undefined, "invalid-manifest"],
    ["no layers", without(image, "layers"), undefined, "invalid-manifest"],
    ["layers that are an object", { ...image, layers: {} }, undefined, "invalid-manifest"],
    [
      "a bad digest",
      { ...image, layers: [{ ...layer, digest: "sha256:abc" }] },
      undefined,
      "invalid-manifest",
    ],
    [
      "a path as digest",
      { ...image, layers: [{ ...layer, digest: "sha256:../../x" }] },
      undefined,
      "invalid-manifest",
    ],
    ["a negative size", { ...image, layers: [{ ...layer, size: -1 }] }, undefined, "invalid-manifest"],
    [
      "a size above 2^53",
      JSON.stringify(image).replace('"size":1', '"size":9007199254740993'),
      undefined,
      "invalid-manifest",
    ],
    ["a fractional size", { ...image, layers: [{ ...layer, size: 1.5 }] }, undefined, "invalid-manifest"],
    ["a size as text", { ...image, layers: [{ ...layer, size: "1" }] }, undefined, "invalid-manifest"],
    ["annotations with numbers", { ...image, annotations: { a: 1 } }, undefined, "invalid-manifest"],
    ["urls that are text", { ...image, layers: [{ ...layer, urls: "x" }] }, undefined, "invalid-manifest"],
    ["a null layer", { ...image, layers: [null] }, undefined, "invalid-manifest"],
    ["an array", [], undefined, "invalid-manifest"],
    ["null", "null", undefined, "invalid-manifest"],
    ["nothing", "", undefined, "invalid-manifest"],
    ["trailing data", `${JSON.stringify(image)}{}`, undefined, "invalid-manifest"],
    ["a byte order mark", `\ufeff${JSON.stringify(image)}`, undefined, "invalid-manifest"],
    ["deep nesting", `{"a":${"[".repeat(1_000_000)}`, undefined, "limit-exceeded"],
    [
      "too many keys",
      `{${Array.from({ length: manifestLimitEntries + 1 }, (_, at) => `"k${at}":0`)}}`,
      undefined,
      "limit-exceeded",
    ],
    ["too many bytes", " ".repeat(manifestLimitBytes + 1), undefined, "limit-exceeded"],
    [
      "too many children",
      `{"schemaVersion":2,"manifests":[${"0,".repeat(manifestLimitEntries)}0]}`,
      undefined,
      "limit-exceeded",
    ],
  ])("refuses %s", (_, document, transport, code) => {
    expect(() => parseManifest(bytes(document), transport)).toThrow(expect.objectContaining({ code }));
  });

  test("refuses bytes that are not UTF-8", () => {
    const text = bytes({ ...image, annotations: { a: "~" } });
    text[text.indexOf(126)] = 0xff;
    expect(() => parseManifest(text)).toThrow("not valid UTF-8");
  });

  test("throws nothing but KasaneErrors, whatever JSON it is given", () => {
    const key = fc.constantFrom(
      "schemaVersion",
      "mediaType",
      "config",
      "layers",
      "manifests",
      "subject",
      "size",
    );
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(fc.dictionary(key, value), fc.dictionary(key, value), (top, inner) => {
        try {
          parseManifest(bytes({ ...image, ...top, layers: [{ ...layer, ...inner }] }));
        } catch (error) {
          if (!isKasaneError(error)) throw error;
        }
      }),
    );
  });

  test("does not take __proto__ for anything but a key", () => {
    const text = JSON.stringify(image).replace('"size":1', '"size":1,"annotations":{"__proto__":"x"}');
    const manifest = parseManifest(bytes(text));
    const encoded = new TextDecoder().decode(encodeManifest(manifest).bytes);
    expect(encoded).toContain('"annotations":{"__proto__":"x"}');
  });
});

describe("encodeManifest()", () => {
  test("gives equal bytes for equal manifests and parses back", () => {
    const descriptor = fc.record(
      {
        mediaType: fc.constantFrom(mediaTypes.ociLayer, mediaTypes.ociManifest, "text/plain"),
        digest: fc.string().map((text) => digestOf(text)),
        size: fc.maxSafeNat(),
        annotations: fc.dictionary(fc.string(), fc.string()),
        urls: fc.array(fc.webUrl()),
        data: fc.base64String(),
        artifactType: fc.constant("application/x"),
        platform: fc.record({ os: fc.string(), architecture: fc.string() }),
      },
      { requiredKeys: ["mediaType", "digest", "size"] },
    );
    const manifest = fc.oneof(
      fc.record({
        kind: fc.constant("manifest" as const),
        mediaType: fc.constantFrom(mediaTypes.ociManifest, mediaTypes.dockerManifest),
        config: descriptor,
        layers: fc.array(descriptor),
      }),
      fc.record({
        kind: fc.constant("index" as const),
        mediaType: fc.constantFrom(mediaTypes.ociIndex, mediaTypes.dockerManifestList),
        manifests: fc.array(descriptor),
        annotations: fc.dictionary(fc.string(), fc.string()),
      }),
    );
    fc.assert(
      fc.property(manifest, (value) => {
        const raw = encodeManifest(value as Manifest);
        const parsed = parseManifest(raw.bytes, raw.mediaType);
        expect(parsed).toEqual(value as Manifest);
        expect(encodeManifest(parsed)).toEqual(raw);
        expect(rawManifest(raw.bytes, raw.mediaType)).toEqual(raw);
      }),
      { numRuns: 40 },
    );
  });
});

describe("rawManifest()", () => {
  test("checks the expected digest, in its algorithm", () => {
    const body = bytes(image);
    expect(rawManifest(body, undefined, digestOf(body, "sha512")).digest).toBe(digestOf(body, "sha512"));
    expect(() => rawManifest(body, undefined, digest)).toThrow(
      expect.objectContaining({ code: "digest-mismatch" }),
    );
  });
});

describe("layerType()", () => {
  test.each([
    [mediaTypes.ociLayer, "oci", "none", false],
    [mediaTypes.ociLayerGzip, "oci", "gzip", false],
    [mediaTypes.ociLayerZstd, "oci", "zstd", false],
    [mediaTypes.dockerLayer, "docker", "none", false],
    [mediaTypes.dockerLayerGzip, "docker", "gzip", false],
    [mediaTypes.dockerLayerZstd, "docker", "zstd", false],
    [mediaTypes.dockerForeignLayerGzip, "docker", "gzip", true],
    ["application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", "oci", "zstd", true],
  ] as const)("reads %s", (type, family, compression, foreign) => {
    expect(layerType(type)).toEqual({ family, compression, foreign });
    if (!foreign) expect(layerMediaType(family, compression)).toBe(type);
  });

  test.each([
    mediaTypes.ociConfig,
    "application/vnd.oci.image.layer.v1.tar+xz",
    "",
    "x",
  ])("knows %j is none", (type) => {
    expect(layerType(type)).toBeUndefined();
    expect(isLayerType(type)).toBe(false);
  });
});
