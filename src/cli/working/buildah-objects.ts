import { containerImage, mountedRoot, type WorkingContainer } from "../../container/mod.ts";
import { imageFrom } from "../../image/mod.ts";
import {
  digestHex,
  goContainerConfig,
  type HistoryEntry,
  type ImageConfig,
  type RuntimeConfig,
} from "../../oci/mod.ts";
import type { LocalImage, LocalStore } from "../../store/mod.ts";

/** A working container as buildah's `inspect` shows one, as far as there is something to say: what its image will be, in both formats. */
export async function buildahContainer(
  store: LocalStore,
  container: WorkingContainer,
): Promise<Record<string, unknown>> {
  const { settings, name, id } = container;
  const { working, config } = settings;
  const base = await containerImage(store, container);
  const created = base.config.created ?? new Date(container.createdAtMs).toISOString();
  const history = [...(base.config.history ?? []), ...working.history];
  return {
    Type: "buildah 0.0.1",
    FromImage: working.base?.name ?? "",
    FromImageID: working.base ? digestHex(base.id) : "",
    FromImageDigest: working.base?.digest ?? "",
    Config: working.base ? new TextDecoder().decode(base.configBytes) : "",
    Manifest: working.base ? new TextDecoder().decode(base.raw.bytes) : "",
    Container: name,
    ContainerID: id,
    MountPoint: mountedRoot(store, id) ?? "",
    ImageAnnotations: working.annotations,
    ImageCreatedBy: working.createdBy ?? "",
    ...formsOf(
      {
        created,
        ...(working.author && { author: working.author }),
        ...working.platform,
        rootfs: base.config.rootfs,
        history,
        ...(working.comment && { comment: working.comment }),
      },
      {
        ...config,
        ...(working.hostname && { Hostname: working.hostname }),
        ...(working.domainname && { Domainname: working.domainname }),
      },
    ),
    History: history,
  };
}

export async function buildahImage(store: LocalStore, found: LocalImage): Promise<Record<string, unknown>> {
  const image = await imageFrom(store.source(found.raw.digest));
  const { config, manifest } = image;
  return {
    Type: "buildah 0.0.1",
    FromImage: found.record.names[0] ?? "",
    FromImageID: digestHex(image.id),
    FromImageDigest: found.raw.digest,
    Config: new TextDecoder().decode(image.configBytes),
    Manifest: new TextDecoder().decode(image.raw.bytes),
    Container: "",
    ContainerID: "",
    MountPoint: "",
    ImageAnnotations: manifest.annotations ?? {},
    ImageCreatedBy: config.history?.at(-1)?.created_by ?? "",
    ...formsOf({ created: "0001-01-01T00:00:00Z", ...config }, config.config ?? {}),
    History: config.history ?? null,
  };
}

type Facts = Pick<ImageConfig, "architecture" | "os"> & {
  readonly created: string;
  readonly history?: readonly HistoryEntry[];
  readonly [name: string]: unknown;
};

const ociNames = ["created", "author", "architecture", "variant", "os", "os.version", "os.features"];
const ociSettings = [
  "User",
  "ExposedPorts",
  "Env",
  "Entrypoint",
  "Cmd",
  "Volumes",
  "WorkingDir",
  "Labels",
  "StopSignal",
];

function formsOf(facts: Facts, config: RuntimeConfig): { OCIv1: unknown; Docker: unknown } {
  const { rootfs, history } = facts;
  const docker = goContainerConfig(config);
  const rest = { rootfs, ...(history && history.length > 0 && { history }) };
  return {
    OCIv1: { ...picked(facts, ociNames), config: picked(config, ociSettings), ...rest },
    Docker: {
      ...picked(facts, ["comment", "created"]),
      container_config: docker,
      ...picked(facts, ["author"]),
      config: docker,
      ...picked(facts, ["architecture", "variant", "os"]),
      ...rest,
    },
  };
}

/** Go leaves out what is empty. */
function picked(
  object: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  const isThere = (value: unknown) =>
    value !== undefined && value !== null && value !== "" && Object.keys(Object(value)).length > 0;
  return Object.fromEntries(names.map((name) => [name, object[name]]).filter(([, value]) => isThere(value)));
}
