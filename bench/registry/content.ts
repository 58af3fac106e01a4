import { closeSync, openSync, writeSync } from "node:fs";
import { type Digest, digestOf, mediaTypes } from "../../src/oci/mod.ts";

/** Bytes that do not repeat and are the same in every run. */
export function noise(sizeBytes: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, sizeBytes);
}

export interface SmallImage {
  readonly repository: string;
  readonly blobs: readonly { readonly digest: Digest; readonly bytes: Uint8Array }[];
  readonly manifest: Uint8Array;
}

/** A config of about 1 KiB and one layer of `layerBytes`, both like in no other image. */
export function smallImage(repository: string, options: { seed: number; layerBytes: number }): SmallImage {
  const layer = noise(options.layerBytes, options.seed);
  const config = new TextEncoder().encode(
    JSON.stringify({ architecture: "amd64", os: "linux", author: repository, padding: "x".repeat(900) }),
  );
  const describe = (mediaType: string, bytes: Uint8Array) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: describe(mediaTypes.ociConfig, config),
    layers: [describe(mediaTypes.ociLayer, layer)],
  };
  return {
    repository,
    blobs: [config, layer].map((bytes) => ({ digest: digestOf(bytes), bytes })),
    manifest: new TextEncoder().encode(JSON.stringify(manifest)),
  };
}

/** A file of noise, different for each seed, with its digest. */
export function writeNoise(path: string, options: { sizeBytes: number; seed: number }): Digest {
  const block = noise(1024 * 1024, options.seed);
  const hasher = new Bun.CryptoHasher("sha256");
  const file = openSync(path, "w");
  for (let written = 0; written < options.sizeBytes; written += block.length) {
    new DataView(block.buffer).setUint32(0, written);
    const part = block.subarray(0, Math.min(block.length, options.sizeBytes - written));
    writeSync(file, part);
    hasher.update(part);
  }
  closeSync(file);
  return `sha256:${hasher.digest("hex")}` as Digest;
}
