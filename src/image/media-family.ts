import { KasaneError } from "../lib/mod.ts";
import {
  type Descriptor,
  type ImageManifest,
  isImageConfigType,
  layerMediaType,
  layerType,
  type Manifest,
  mediaTypes,
} from "../oci/mod.ts";

/** Whose media types a manifest has: the OCI's, or Docker's of schema 2. The content is the same. */
export type ManifestFamily = "oci" | "docker";

export function familyOf(manifest: Manifest): ManifestFamily {
  const { mediaType } = manifest;
  return mediaType === mediaTypes.dockerManifest || mediaType === mediaTypes.dockerManifestList
    ? "docker"
    : "oci";
}

/** The layer under the family's name for its type. Docker knows no annotations on layers. */
export function layerInFamily(layer: Descriptor, family: ManifestFamily): Descriptor {
  const type = layerType(layer.mediaType);
  if (!type || type.family === family) return layer;
  const { annotations, ...rest } = layer;
  return {
    ...rest,
    mediaType: type.foreign
      ? foreignType(family, type.compression)
      : layerMediaType(family, type.compression),
    ...(annotations && family === "oci" ? { annotations } : {}),
  };
}

function foreignType(family: ManifestFamily, compression: "gzip" | "zstd" | "none"): string {
  const plain = layerMediaType(family, compression);
  return family === "docker"
    ? plain.replace(".rootfs.", ".rootfs.foreign.")
    : plain.replace(".layer.", ".layer.nondistributable.");
}

/**
 * The image manifest in another family's types. Its config and layers stay as they are; what Docker's manifest cannot say (annotations,
 * subject) is left out of one.
 * @throws KasaneError `unsupported` for an artifact that is to become Docker's
 */
export function manifestInFamily(manifest: ImageManifest, family: ManifestFamily): ImageManifest {
  if (familyOf(manifest) === family) return manifest;
  const isImage = isImageConfigType(manifest.config.mediaType);
  if (family === "docker" && !isImage) {
    const type = manifest.artifactType ?? manifest.config.mediaType;
    throw new KasaneError("unsupported", `an artifact of type ${type} cannot be a Docker image`, {
      hint: "keep it in OCI form: leave the conversion out",
    });
  }
  const configType = family === "docker" ? mediaTypes.dockerConfig : mediaTypes.ociConfig;
  const { kind, config, layers, ...rest } = manifest;
  return {
    kind,
    ...(family === "oci" ? rest : {}),
    mediaType: family === "docker" ? mediaTypes.dockerManifest : mediaTypes.ociManifest,
    config: isImage ? { ...config, mediaType: configType } : config,
    layers: layers.map((layer) => layerInFamily(layer, family)),
  };
}
