import { familiarReference, type ImageConfig, type RuntimeConfig, splitName } from "../oci/mod.ts";
import type { LocalImage, LocalStore } from "../store/mod.ts";

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
    ContainerConfig: containerConfig(config.container_config),
    DockerVersion: text(config.docker_version),
    Author: config.author ?? "",
    Config: containerConfig(config.config),
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

/** Go's container.Config: what the image is silent about is there as well, in the order of its fields. */
function containerConfig(given: unknown): Record<string, unknown> {
  const config = (given ?? {}) as RuntimeConfig;
  const check = config.Healthcheck;
  return {
    Hostname: text(config.Hostname),
    Domainname: text(config.Domainname),
    User: config.User ?? "",
    AttachStdin: config.AttachStdin === true,
    AttachStdout: config.AttachStdout === true,
    AttachStderr: config.AttachStderr === true,
    ...(config.ExposedPorts && { ExposedPorts: sorted(config.ExposedPorts) }),
    Tty: config.Tty === true,
    OpenStdin: config.OpenStdin === true,
    StdinOnce: config.StdinOnce === true,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    ...(check && {
      Healthcheck: withoutEmpty(check, [
        "Test",
        "Interval",
        "Timeout",
        "StartPeriod",
        "StartInterval",
        "Retries",
      ]),
    }),
    ...(config.ArgsEscaped && { ArgsEscaped: true }),
    Image: text(config.Image),
    Volumes: config.Volumes ? sorted(config.Volumes) : null,
    WorkingDir: config.WorkingDir ?? "",
    Entrypoint: config.Entrypoint ?? null,
    ...(config.NetworkDisabled === true && { NetworkDisabled: true }),
    ...(text(config.MacAddress) !== "" && { MacAddress: config.MacAddress }),
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ? sorted(config.Labels) : null,
    ...(config.StopSignal && { StopSignal: config.StopSignal }),
    ...(typeof config.StopTimeout === "number" && { StopTimeout: config.StopTimeout }),
    ...(config.Shell && { Shell: config.Shell }),
  };
}

/** Go leaves out what is empty or zero. */
function withoutEmpty(object: object, keys: readonly string[]): Record<string, unknown> {
  const values = object as Record<string, unknown>;
  return Object.fromEntries(keys.filter((key) => values[key]).map((key) => [key, values[key]]));
}

function sorted<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(map)
      .map(([key, value]): [string, T] => [key, value])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
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
