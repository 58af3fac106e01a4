/** The media types of OCI image-spec 1.1 and Docker image manifest version 2, schema 2. */
export const mediaTypes = {
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociConfig: "application/vnd.oci.image.config.v1+json",
  ociLayer: "application/vnd.oci.image.layer.v1.tar",
  ociLayerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  ociLayerZstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  ociEmpty: "application/vnd.oci.empty.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerManifestList: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar",
  dockerLayerGzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  dockerLayerZstd: "application/vnd.docker.image.rootfs.diff.tar.zstd",
  dockerForeignLayerGzip: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
  octetStream: "application/octet-stream",
} as const;

/** What a manifest GET asks for: everything Kasane can read. */
export const manifestAccept: readonly string[] = [
  mediaTypes.ociIndex,
  mediaTypes.dockerManifestList,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
];

export function isIndexType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerManifestList;
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociManifest || mediaType === mediaTypes.dockerManifest;
}

export function isImageConfigType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociConfig || mediaType === mediaTypes.dockerConfig;
}

/** How the bytes of a layer are compressed. */
export type LayerCompression = "gzip" | "zstd" | "none";

/** What the media type of a layer says. */
export interface LayerType {
  readonly family: "oci" | "docker";
  readonly compression: LayerCompression;
  /** Not to be given away with the image: fetched from `urls` (Docker's foreign, OCI's nondistributable layers). */
  readonly foreign: boolean;
}

/** undefined for everything that is not a tar layer. */
export function layerType(mediaType: string): LayerType | undefined {
  const oci = /^application\/vnd\.oci\.image\.layer\.(nondistributable\.)?v1\.tar(?:\+(gzip|zstd))?$/.exec(
    mediaType,
  );
  const docker = /^application\/vnd\.docker\.image\.rootfs\.(foreign\.)?diff\.tar(?:\.(gzip|zstd))?$/.exec(
    mediaType,
  );
  const match = oci ?? docker;
  if (!match) return undefined;
  return {
    family: oci ? "oci" : "docker",
    compression: (match[2] as LayerCompression | undefined) ?? "none",
    foreign: match[1] !== undefined,
  };
}

/** The type of a distributable layer. */
export function layerMediaType(family: "oci" | "docker", compression: LayerCompression): string {
  if (family === "docker") return mediaTypes.dockerLayer + (compression === "none" ? "" : `.${compression}`);
  return mediaTypes.ociLayer + (compression === "none" ? "" : `+${compression}`);
}

/** True for every layer type that holds a tar, compressed or not, distributable or not. */
export function isLayerType(mediaType: string): boolean {
  return layerType(mediaType) !== undefined;
}

/** A `Content-Type` without its parameters, in lower case. */
export function bareMediaType(contentType: string): string {
  return contentType.split(";", 1)[0]!.trim().toLowerCase();
}
