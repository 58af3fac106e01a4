import { type ByteStream, collect, KasaneError, toByteStream } from "../../lib/mod.ts";
import {
  type Descriptor,
  type Digest,
  digestOf,
  encodeManifest,
  type HistoryEntry,
  type ImageManifest,
  layerMediaType,
  mediaTypes,
  type Platform,
  parseManifest,
  type RawManifest,
  type RuntimeConfig,
} from "../../oci/mod.ts";
import { type TarInput, writeTar } from "../../tar/mod.ts";
import { newImage } from "../compose-image.ts";
import type { ImageLayer } from "../image.ts";
import type { ManifestFamily } from "../media-family.ts";
import type { BlobOutcome, ImageSink, ImageSource } from "../source.ts";
import { verified } from "../verified.ts";

/** A place for one image in memory, as source and as sink. As a sink it insists on the order that ImageSink promises. */
export class MemoryImage implements ImageSource, ImageSink {
  readonly blobs = new Map<Digest, Uint8Array>();
  readonly manifests = new Map<Digest, RawManifest>();
  rootDigest: Digest | undefined;
  /** What came in, in order: `blob <digest>`, `manifest <digest>`, `root <digest>`. */
  readonly log: string[] = [];

  async root(): Promise<RawManifest> {
    if (!this.rootDigest) throw new KasaneError("not-found", "there is no image in memory");
    return this.manifest(this.rootDigest);
  }

  async manifest(digest: Digest): Promise<RawManifest> {
    const raw = this.manifests.get(digest);
    if (!raw) throw new KasaneError("not-found", `manifest ${digest} is not in memory`);
    return raw;
  }

  async blob(descriptor: Descriptor, range?: { start: number; end?: number }): Promise<ByteStream> {
    const bytes = this.blobs.get(descriptor.digest);
    if (!bytes) throw new KasaneError("not-found", `blob ${descriptor.digest} is not in memory`);
    const part = bytes.subarray(range?.start ?? 0, range?.end ?? bytes.length);
    const half = Math.ceil(part.length / 2);
    return toByteStream(part.length < 2 ? [part] : [part.subarray(0, half), part.subarray(half)]);
  }

  async putBlob(
    descriptor: Descriptor,
    open: (offset?: number) => Promise<ByteStream>,
    progress?: (doneBytes: number) => void,
  ): Promise<BlobOutcome> {
    if (this.blobs.has(descriptor.digest)) return "exists";
    if (this.rootDigest) throw new Error("a blob came after the root manifest");
    const bytes = await collect(verified(await open(), descriptor), 2 ** 30, "blob");
    progress?.(bytes.length);
    this.blobs.set(descriptor.digest, bytes);
    this.log.push(`blob ${descriptor.digest}`);
    return "copied";
  }

  async putManifest(raw: RawManifest, { isRoot }: { isRoot: boolean }): Promise<void> {
    if (this.rootDigest) throw new Error("a manifest came after the root manifest");
    const manifest = parseManifest(raw.bytes, raw.mediaType);
    this.manifests.set(raw.digest, raw);
    this.log.push(`${isRoot ? "root" : "manifest"} ${raw.digest}`);
    if (isRoot) this.rootDigest = raw.digest;
    if (manifest.kind === "index") return;
    for (const part of [manifest.config, ...manifest.layers]) {
      if (!this.blobs.has(part.digest) && !part.urls)
        throw new Error(`a manifest came before ${part.digest}`);
    }
  }

  add(bytes: Uint8Array | string, mediaType: string): Descriptor {
    const content = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    const digest = digestOf(content);
    this.blobs.set(digest, content);
    return { mediaType, digest, size: content.length };
  }

  addManifest(raw: RawManifest): Descriptor {
    this.manifests.set(raw.digest, raw);
    this.rootDigest = raw.digest;
    return { mediaType: raw.mediaType, digest: raw.digest, size: raw.bytes.length };
  }
}

export interface TestImage {
  /** One layer for each: path → content; a path that ends in `/` is a directory. */
  readonly layers?: readonly Readonly<Record<string, string | Uint8Array>>[];
  readonly platform?: Platform;
  readonly config?: RuntimeConfig;
  readonly history?: readonly HistoryEntry[];
  readonly family?: ManifestFamily;
  readonly compression?: "gzip" | "zstd" | "none";
}

/** Puts a small real image into `into` and makes it the root. */
export async function addTestImage(into: MemoryImage, options: TestImage = {}): Promise<Descriptor> {
  const { family = "oci", compression = "gzip" } = options;
  const layers: ImageLayer[] = [];
  for (const files of options.layers ?? [{ "etc/": "", "etc/motd": "hello\n" }]) {
    const tar = await collect(writeTar(tarInputs(files)), 2 ** 28, "layer");
    const descriptor = into.add(compressed(tar, compression), layerMediaType(family, compression));
    layers.push({ descriptor, diffId: digestOf(tar) });
  }
  const image = newImage({
    platform: options.platform ?? { os: "linux", architecture: "amd64" },
    layers,
    history: options.history ?? layers.map((_, index) => ({ created_by: `layer ${index}` })),
    created: "2026-01-02T03:04:05Z",
    config: options.config ?? { Env: ["PATH=/bin"], Cmd: ["/bin/sh"] },
    family,
  });
  into.blobs.set(image.configDescriptor.digest, image.configBytes);
  return into.addManifest(image.raw);
}

/** An index over images for several platforms, with an attestation for the first, as BuildKit makes it. */
export async function addTestIndex(
  into: MemoryImage,
  platforms: readonly Platform[],
  options: TestImage = {},
): Promise<Descriptor> {
  const manifests: Descriptor[] = [];
  for (const platform of platforms) {
    const layers = [{ "arch.txt": JSON.stringify(platform) }, ...(options.layers ?? [])];
    manifests.push({ ...(await addTestImage(into, { ...options, platform, layers })), platform });
  }
  const statement: ImageManifest = {
    kind: "manifest",
    mediaType: mediaTypes.ociManifest,
    config: into.add("{}", mediaTypes.ociEmpty),
    layers: [into.add('{"statement":1}', "application/vnd.in-toto+json")],
  };
  manifests.push({
    ...into.addManifest(encodeManifest(statement)),
    platform: { os: "unknown", architecture: "unknown" },
    annotations: {
      "vnd.docker.reference.type": "attestation-manifest",
      "vnd.docker.reference.digest": manifests[0]!.digest,
    },
  });
  return into.addManifest(encodeManifest({ kind: "index", mediaType: mediaTypes.ociIndex, manifests }));
}

function* tarInputs(files: Readonly<Record<string, string | Uint8Array>>): Generator<TarInput> {
  for (const [path, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const isDirectory = path.endsWith("/");
    const entry = {
      path,
      type: isDirectory ? ("directory" as const) : ("file" as const),
      mode: isDirectory ? 0o755 : 0o644,
      uid: 0,
      gid: 0,
      sizeBytes: isDirectory ? 0 : bytes.length,
      modified: { seconds: 0, nanoseconds: 0 },
    };
    yield isDirectory ? { entry } : { entry, content: [bytes] };
  }
}

function compressed(tar: Uint8Array, compression: "gzip" | "zstd" | "none"): Uint8Array {
  if (compression === "none") return tar;
  const plain = new Uint8Array(tar);
  return compression === "gzip" ? Bun.gzipSync(plain) : Bun.zstdCompressSync(plain);
}
