import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { LocalStore } from "../store/mod.ts";
import type { Container } from "./container.ts";
import { upperDirectory } from "./container-directory.ts";

/** The shape of Docker's `container inspect`, as far as there is something to say. */
export async function inspectContainer(
  store: LocalStore,
  container: Container,
  options: { withSize?: boolean } = {},
): Promise<Record<string, unknown>> {
  const { id, name, settings, state, createdAtMs } = container;
  const { config } = settings;
  const [path = "", ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  return {
    Id: id,
    Created: new Date(createdAtMs).toISOString(),
    Path: path,
    Args: args,
    State: {
      Status: state.kind,
      Running: state.kind === "running",
      Pid: state.kind === "running" ? state.pid : 0,
      ExitCode: state.kind === "exited" ? (state.exitCode ?? 255) : 0,
      Error: state.kind === "exited" ? (state.error ?? "") : "",
      StartedAt: timeOf(state.kind === "created" ? undefined : state.startedAtMs),
      FinishedAt: timeOf(state.kind === "exited" ? state.finishedAtMs : undefined),
    },
    Image: settings.imageId,
    Name: `/${name}`,
    HostConfig: {
      Binds: settings.mounts.flatMap((mount) =>
        mount.kind === "bind" ? [`${mount.source}:${mount.target}${mount.readOnly ? ":ro" : ""}`] : [],
      ),
      NetworkMode: settings.network,
      AutoRemove: settings.removeWhenDone,
      ReadonlyRootfs: settings.readOnlyRoot,
    },
    GraphDriver: { Name: "overlay", Data: { UpperDir: upperDirectory(store, id) } },
    ...(options.withSize && (await sizesOf(store, container))),
    Mounts: settings.mounts.map((mount) =>
      mount.kind === "bind"
        ? { Type: "bind", Source: mount.source, Destination: mount.target, RW: !mount.readOnly }
        : { Type: "tmpfs", Destination: mount.target, RW: true },
    ),
    Config: { Hostname: settings.hostname, Tty: settings.terminal, Image: settings.image, ...config },
  };
}

/** Bytes that the container has written, and of everything it sees. */
async function sizesOf(store: LocalStore, container: Container): Promise<Record<string, number>> {
  let written = 0;
  const upper = upperDirectory(store, container.id);
  for (const entry of await readdir(upper, { recursive: true, withFileTypes: true })) {
    if (!entry.isDirectory()) written += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  const record = await store.meta.manifests.get(container.manifest);
  let image = 0;
  for (const layer of record?.layers ?? []) {
    image += (await store.meta.layers.byBlob(layer.digest))?.contentSizeBytes ?? 0;
  }
  return { SizeRw: written, SizeRootFs: image + written };
}

/** Docker's zero time stands for "not yet". */
function timeOf(ms: number | undefined): string {
  return ms === undefined ? "0001-01-01T00:00:00Z" : new Date(ms).toISOString();
}
