import { KasaneError } from "../lib/mod.ts";
import {
  type Annotations,
  type Descriptor,
  digestOf,
  encodeConfig,
  encodeManifest,
  type HistoryEntry,
  type ImageConfig,
  type ImageManifest,
  mediaTypes,
  type Platform,
  type RawManifest,
  type RuntimeConfig,
} from "../oci/mod.ts";
import type { Image, ImageLayer } from "./image.ts";
import { familyOf, layerInFamily, type ManifestFamily } from "./media-family.ts";

/** An image that was put together: its small parts as bytes; its layers are wherever they were written. */
export interface ComposedImage {
  readonly raw: RawManifest;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  readonly configBytes: Uint8Array;
  readonly configDescriptor: Descriptor;
}

export interface NewImage {
  readonly platform: Platform;
  /** Base first. */
  readonly layers: readonly ImageLayer[];
  readonly history: readonly HistoryEntry[];
  readonly config?: RuntimeConfig;
  /** RFC 3339. */
  readonly created?: string;
  readonly author?: string;
  /** Docker's; OCI has none. */
  readonly comment?: string;
  /** `oci` when absent. */
  readonly family?: ManifestFamily;
  /** OCI only: Docker's manifest has none, and they are left out of it. */
  readonly annotations?: Annotations;
}

/** A new image from its parts. Equal parts give equal bytes. */
export function newImage(parts: NewImage): ComposedImage {
  const { platform, layers, history } = parts;
  const config: ImageConfig = {
    ...(parts.created === undefined ? {} : { created: parts.created }),
    ...(parts.author ? { author: parts.author } : {}),
    ...(parts.comment && parts.family === "docker" ? { comment: parts.comment } : {}),
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant ? { variant: platform.variant } : {}),
    ...(platform["os.version"] ? { "os.version": platform["os.version"] } : {}),
    ...(platform["os.features"] ? { "os.features": platform["os.features"] } : {}),
    config: parts.config ?? {},
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: [...history],
  };
  checkHistory(config);
  return compose(config, encodeConfig(config), layers, parts);
}

export interface ImageChange {
  /** Put on top of the base's. */
  readonly layers?: readonly ImageLayer[];
  /** Put after the base's: one entry for each new layer, and `empty_layer` ones. */
  readonly history?: readonly HistoryEntry[];
  /** Replaces the base's as a whole: spread the base's to keep what it has. */
  readonly config?: RuntimeConfig;
  readonly created?: string;
  readonly author?: string;
  readonly platform?: Platform;
  /** Absent: the base's. Layer types are translated; their bytes stay. */
  readonly family?: ManifestFamily;
  readonly annotations?: Annotations;
}

/**
 * The base with something on top. What Kasane does not know in the base's config stays in it byte for byte, but for what tells of the
 * container and the docker that made the base: it would not be true of the new image. Nor are annotations of the base's manifest kept.
 */
export function changeImage(
  base: Pick<Image, "manifest" | "config" | "configBytes" | "layers">,
  change: ImageChange,
): ComposedImage {
  const layers = [...base.layers, ...(change.layers ?? [])];
  const { container: _, container_config: __, docker_version: ___, ...kept } = base.config;
  const { Image: ____, Hostname: _____, ...runtime } = change.config ?? kept.config ?? {};
  const config: ImageConfig = {
    ...(kept as ImageConfig),
    ...change.platform,
    ...(change.created === undefined ? {} : { created: change.created }),
    ...(change.author === undefined ? {} : { author: change.author }),
    ...((change.config ?? kept.config) && { config: runtime }),
    rootfs: { ...base.config.rootfs, diff_ids: layers.map(({ diffId }) => diffId) },
  };
  if (change.history && change.history.length > 0) {
    config.history = [...(base.config.history ?? []), ...change.history];
  }
  return compose(config, encodeConfig(config, base.configBytes), layers, {
    family: change.family ?? familyOf(base.manifest),
    ...(change.annotations ? { annotations: change.annotations } : {}),
  });
}

function compose(
  config: ImageConfig,
  configBytes: Uint8Array,
  layers: readonly ImageLayer[],
  options: { family?: ManifestFamily; annotations?: Annotations },
): ComposedImage {
  const family = options.family ?? "oci";
  const configDescriptor: Descriptor = {
    mediaType: family === "docker" ? mediaTypes.dockerConfig : mediaTypes.ociConfig,
    digest: digestOf(configBytes),
    size: configBytes.length,
  };
  const manifest: ImageManifest = {
    kind: "manifest",
    mediaType: family === "docker" ? mediaTypes.dockerManifest : mediaTypes.ociManifest,
    config: configDescriptor,
    layers: layers.map(({ descriptor }) => layerInFamily(descriptor, family)),
    ...(options.annotations && family === "oci" ? { annotations: options.annotations } : {}),
  };
  return { raw: encodeManifest(manifest), manifest, config, configBytes, configDescriptor };
}

/** Peers match history entries and layers one to one, and refuse or misread images where they do not. */
function checkHistory(config: ImageConfig): void {
  const entries = (config.history ?? []).filter((entry) => !entry.empty_layer).length;
  if (config.history?.length && entries !== config.rootfs.diff_ids.length) {
    throw new KasaneError(
      "internal",
      `an image of ${config.rootfs.diff_ids.length} layers has a history of ${entries}`,
    );
  }
}
