import { goContainerConfig } from "../../oci/go-container-config.ts";
import type { ImageConfig } from "../../oci/mod.ts";
import { familiarReference, splitName } from "../../oci/reference.ts";
import type { LocalImage, LocalStore } from "../../store/mod.ts";

/** What docker writes where there is no time. */
const noTime = "0001-01-01T00:00:00Z";

/**
 * An image as docker's `image inspect` shows it: the fields of 20.10 in their order, then those of later versions and what else Kasane
 * knows.
 */
export async function dockerImage(
  { meta }: { meta: Pick<LocalStore["meta"], "layers" | "images"> },
  image: LocalImage,
): Promise<Record<string, unknown>> {
  const { record, config, manifest, raw } = image;
  const facts = await meta.images.facts(record.target);
  let size = 0;
  for (const { digest } of manifest.layers) size += (await meta.layers.byBlob(digest))?.contentSizeBytes ?? 0;
  return {
    Id: image.id,
    RepoTags: record.names.map(familiar),
    RepoDigests: record.repoDigests.map(familiar),
    Parent: "",
    Comment: text(config.comment) || (config.history?.at(-1)?.comment ?? ""),
    Created: goTimeText(config.created),
    Container: text(config.container),
    ContainerConfig: goContainerConfig(config.container_config),
    DockerVersion: text(config.docker_version),
    Author: config.author ?? "",
    Config: goContainerConfig(config.config),
    Architecture: config.architecture,
    ...(config.variant && { Variant: config.variant }),
    Os: config.os,
    ...(config["os.version"] && { OsVersion: config["os.version"] }),
    Size: size,
    VirtualSize: size,
    GraphDriver: { Data: null, Name: "overlay" },
    RootFS: {
      Type: "layers",
      ...(config.rootfs.diff_ids.length > 0 && { Layers: config.rootfs.diff_ids }),
    },
    Metadata: {
      LastTagTime: record.taggedAtMs === undefined ? noTime : timeOf(record.taggedAtMs),
      ...(record.builtAtMs !== undefined && { BuiltAt: timeOf(record.builtAtMs) }),
    },
    Descriptor: { mediaType: raw.mediaType, digest: raw.digest, size: raw.bytes.length },
    Layers: manifest.layers.map(({ mediaType, digest, size: bytes }) => ({ mediaType, digest, size: bytes })),
    ...(record.target !== raw.digest && {
      Manifests: facts.map(({ manifest: digest, id, platform, contentSizeBytes }) => ({
        ID: digest,
        ImageId: id,
        Platform: platform,
        Size: contentSizeBytes,
      })),
    }),
  };
}

function familiar(name: string): string {
  return familiarReference(splitName(name));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function timeOf(ms: number): string {
  return goTimeText(new Date(ms).toISOString());
}

/** RFC 3339 as Go writes it: no zeros at the end of a fraction, `Z` for no offset. */
function goTimeText(created: ImageConfig["created"]): string {
  if (!created) return noTime;
  return created
    .replace(/(\.\d*?)0+(?=Z|[+-]|$)/, "$1")
    .replace(/\.(?=Z|[+-]|$)/, "")
    .replace(/[+-]00:00$/, "Z");
}
