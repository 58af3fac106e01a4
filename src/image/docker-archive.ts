import type { ByteRange } from "../blob/mod.ts";
import { signatureBytes } from "../layer/mod.ts";
import { isKasaneError, KasaneError } from "../lib/mod.ts";
import {
  configLimitBytes,
  type Descriptor,
  type Digest,
  DigestHasher,
  digestOf,
  encodeManifest,
  formatReference,
  isJsonObject,
  layerMediaType,
  mediaTypes,
  parseConfig,
  parseJson,
  parseReference,
  type RawManifest,
  withDefaultTag,
} from "../oci/mod.ts";
import type { FileSet } from "./file-set.ts";
import { archiveCompression } from "./outer-compression.ts";
import type { ImageSource } from "./source.ts";

/** Docker's own limit for the JSON files of an archive. */
const archiveJsonLimitBytes = 20 * 1024 * 1024;

/** One entry of `manifest.json`. */
export interface DockerArchiveEntry {
  readonly config: string;
  readonly layers: readonly string[];
  /** Canonical names with tag. */
  readonly names: readonly string[];
}

/** @throws KasaneError `invalid-archive`, `limit-exceeded` */
export async function readDockerArchive(files: FileSet): Promise<DockerArchiveEntry[]> {
  const { value } = parseJson(await files.read("manifest.json", archiveJsonLimitBytes), {
    what: "manifest.json",
    code: "invalid-archive",
    maxBytes: archiveJsonLimitBytes,
    maxDepth: 32,
    uniqueKeys: false,
  });
  if (!Array.isArray(value)) throw invalid("is not a list");
  return value.map((entry: unknown) => {
    if (!isJsonObject(entry)) throw invalid("has an entry that is not an object");
    const { Config: config, Layers: layers, RepoTags: tags } = entry;
    if (typeof config !== "string") throw invalid("has an entry without Config");
    if (!isStrings(layers ?? [])) throw invalid("has Layers that are not a list of paths");
    if (!isStrings(tags ?? [])) throw invalid("has RepoTags that are not a list of names");
    return {
      config,
      layers: (layers ?? []) as string[],
      names: ((tags ?? []) as string[]).map(canonicalTag),
    };
  });
}

/**
 * The image of a docker-archive. The archive has a config and layers but no manifest, so one is made: an OCI manifest over
 * the layers just as they lie there. They are plain tars nearly always, whose digest is the diffID that the config
 * names: nothing is hashed or compressed here, no digest depends on a compressor, and the manifest is, byte for byte, the
 * one that Docker 25 and later write for the same image.
 * @throws KasaneError `invalid-archive`, `invalid-config`
 */
export async function dockerArchiveSource(files: FileSet, entry: DockerArchiveEntry): Promise<ImageSource> {
  if (!files.has(entry.config))
    throw invalid(`names the config ${quote(entry.config)}, which is not in the archive`);
  const configBytes = await files.read(entry.config, configLimitBytes);
  const diffIds = parseConfig(configBytes).rootfs.diff_ids;
  if (diffIds.length !== entry.layers.length) {
    throw invalid(`names ${entry.layers.length} layers, and the config ${diffIds.length}`);
  }
  const paths = new Map<Digest, string>();
  const layers: Descriptor[] = [];
  for (const [index, path] of entry.layers.entries()) {
    const layer = await describeLayer(files, path, diffIds[index]!);
    layers.push(layer);
    paths.set(layer.digest, path);
  }
  const config: Descriptor = {
    mediaType: mediaTypes.ociConfig,
    digest: digestOf(configBytes),
    size: configBytes.length,
  };
  paths.set(config.digest, entry.config);
  const raw = encodeManifest({ kind: "manifest", mediaType: mediaTypes.ociManifest, config, layers });
  return {
    root: async () => raw,
    async manifest(digest: Digest): Promise<RawManifest> {
      if (digest === raw.digest) return raw;
      throw new KasaneError("not-found", `manifest ${digest} is not in the archive`, {
        hint: "get the archive again, or save it anew: a part of it is missing",
      });
    },
    async blob({ digest }: Descriptor, range?: ByteRange) {
      const path = paths.get(digest);
      if (path === undefined)
        throw new KasaneError("not-found", `blob ${digest} is not in the archive`, {
          hint: "get the archive again, or save it anew: a part of it is missing",
        });
      return files.open(path, range);
    },
  };
}

async function describeLayer(files: FileSet, path: string, diffId: Digest): Promise<Descriptor> {
  const size = files.sizeOf(path);
  if (size === undefined) throw invalid(`names the layer ${quote(path)}, which is not in the archive`);
  const head = await headOf(files, path);
  const compression = archiveCompression(head);
  if (compression === "none") {
    return { mediaType: layerMediaType("oci", "none"), digest: diffId, size };
  }
  if (compression === "bzip2" || compression === "xz") {
    throw new KasaneError(
      "unsupported",
      `layer ${quote(path)} of the archive is compressed with ${compression}`,
      { hint: "layers are plain, gzip or zstd: save the image anew with docker, podman or kasane" },
    );
  }
  const hasher = new DigestHasher();
  for await (const chunk of files.open(path)) hasher.update(chunk);
  return { mediaType: layerMediaType("oci", compression), digest: hasher.digest(), size };
}

async function headOf(files: FileSet, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of files.open(path, { start: 0, end: signatureBytes })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function canonicalTag(text: string): string {
  try {
    return formatReference(withDefaultTag(parseReference(text)));
  } catch (error) {
    if (!isKasaneError(error)) throw error;
    throw new KasaneError("invalid-archive", `manifest.json has a name that is none: ${error.message}`, {
      cause: error,
    });
  }
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}

function invalid(reason: string): KasaneError {
  return new KasaneError("invalid-archive", `manifest.json ${reason}`);
}
