import { KasaneError } from "../lib/mod.ts";
import {
  type Descriptor,
  type Digest,
  type ImageConfig,
  type ImageManifest,
  isLayerType,
  type Platform,
  platformOf,
  type RawManifest,
} from "../oci/mod.ts";
import { readRoot } from "./manifest-tree.ts";
import { readConfig, refuseArtifact, resolvePlatform } from "./resolve-platform.ts";
import type { ImageSource } from "./source.ts";

/** A layer as the manifest (its bytes) and the config (its content) name it. */
export interface ImageLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

/** One image for one platform: everything small about it, in memory; its layers stay where they are. */
export interface Image {
  readonly source: ImageSource;
  readonly raw: RawManifest;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /** As they came: never re-encode them for an image that does not change. */
  readonly configBytes: Uint8Array;
  /** Digest of the config: Docker's image ID. */
  readonly id: Digest;
  readonly platform: Platform;
  /** Base first. */
  readonly layers: readonly ImageLayer[];
}

/**
 * The image a source stands for. An index is resolved for `platform`, or the host's where absent; with `platform` a single
 * manifest for another one is refused.
 * @throws KasaneError `not-found`, `unsupported` for artifacts, `invalid-manifest`, `invalid-config`, `digest-mismatch`
 */
export async function imageFrom(
  source: ImageSource,
  options: { readonly platform?: Platform } = {},
): Promise<Image> {
  const { raw, manifest } = await resolvePlatform(source, await readRoot(source), options.platform);
  const { bytes, config } = await readConfig(source, manifest);
  return {
    source,
    raw,
    manifest,
    config,
    configBytes: bytes,
    id: manifest.config.digest,
    platform: platformOf(config),
    layers: pairLayers(manifest, config),
  };
}

/** @throws KasaneError `unsupported` for artifacts, `invalid-manifest` where manifest and config do not name as many layers */
export function pairLayers(manifest: ImageManifest, config: ImageConfig): ImageLayer[] {
  refuseArtifact(manifest);
  const diffIds = config.rootfs.diff_ids;
  if (manifest.layers.length !== diffIds.length) {
    throw new KasaneError(
      "invalid-manifest",
      `the manifest has ${manifest.layers.length} layers, its config ${diffIds.length}`,
    );
  }
  return manifest.layers.map((descriptor, index) => {
    if (!isLayerType(descriptor.mediaType)) {
      throw new KasaneError(
        "unsupported",
        `layer ${descriptor.digest} has the type ${descriptor.mediaType}, which Kasane cannot unpack`,
        {
          hint: "it can be copied, pushed and saved as it is; what is unpacked has layers of plain, gzip or zstd tar",
        },
      );
    }
    return { descriptor, diffId: diffIds[index]! };
  });
}
