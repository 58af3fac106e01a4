import { mkdirSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { isKasaneError, KasaneError, messageOf } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import type { Platform } from "../oci/mod.ts";
import type { Isolation } from "../sandbox/mod.ts";
import type { LocalImage, LocalStore } from "../store/mod.ts";
import { type Container, type ContainerSettings, type ContainerState, recordOf } from "./container.ts";
import { containerDirectory } from "./container-directory.ts";
import { newContainerName, randomContainerId, randomContainerName } from "./container-name.ts";
import type { LogSettings } from "./log/log-entry.ts";
import type { ConnectionSettings } from "./network/connection.ts";
import type { NetworkMode } from "./network/network-mode.ts";
import { exposing } from "./network/publish.ts";
import { commandLine, mergeConfig, type ProcessOverrides } from "./process-config.ts";
import { sweepContainers } from "./remove-container.ts";
import type { RestartPolicy } from "./restart-policy.ts";
import { type MountOptions, type ResolvedMounts, resolveMounts } from "./volumes/resolve-mounts.ts";

export interface CreateOptions extends ProcessOverrides, MountOptions {
  /** By name, id or digest. It must be in the store. */
  readonly image: string;
  readonly platform?: Platform;
  /** Absent: a random one. */
  readonly name?: string;
  /** Absent: the first twelve digits of the id. */
  readonly hostname?: string;
  /** Absent: `private`. */
  readonly network?: NetworkMode;
  readonly connection?: ConnectionSettings;
  /** `80/tcp`: served beside what the image exposes. */
  readonly expose?: readonly string[];
  readonly readOnlyRoot?: boolean;
  readonly terminal?: boolean;
  readonly removeWhenDone?: boolean;
  readonly openStdin?: boolean;
  readonly restart?: RestartPolicy;
  readonly stopSignal?: string;
  readonly stopTimeoutS?: number;
  readonly isolation?: Isolation;
  readonly log?: LogSettings;
  /** The ID is written there: never over what is there already. */
  readonly idFile?: string;
  /** Nobody is to be attached when it starts. */
  readonly detached?: boolean;
}

/**
 * Makes a container that has not run yet. Its image stays alive as long as it is there.
 * @throws KasaneError `not-found`, `conflict` (the name is taken), `usage`
 */
export async function createContainer(store: LocalStore, options: CreateOptions): Promise<Container> {
  await sweepContainers(store);
  return store.withLease("create container", async (lease) => {
    const id = randomContainerId();
    return (await createUnderLease(store, lease, options, { id, state: { kind: "created" } })).container;
  });
}

/** createContainer() whose image is held by `lease`, in a state other than "created" where it is to run at once. */
export async function createUnderLease(
  store: LocalStore,
  lease: LeaseId,
  options: CreateOptions,
  { id, state }: { id: string; state: ContainerState },
): Promise<{ readonly container: Container; readonly image: LocalImage }> {
  const wanted = options.name === undefined ? undefined : newContainerName(options.name, 125);
  const image = await store.find(options.image, options.platform ? { platform: options.platform } : {});
  await store.meta.leases.hold(lease, [image.raw.digest]);
  checkRunnable(image, options);
  const mounts = await resolveMounts(store, lease, image, options);
  const container = {
    id,
    manifest: image.raw.digest,
    createdAtMs: Date.now(),
    settings: settingsOf(id, image, options, mounts),
    state,
  };
  if (options.idFile !== undefined) await writeIdFile(options.idFile, id);
  const name = await register(store, container, wanted).catch(async (error: unknown) => {
    if (options.idFile !== undefined) await rm(options.idFile, { force: true });
    throw error;
  });
  // From here on its row keeps them.
  await store.meta.leases.drop(lease, mounts.held);
  mkdirSync(containerDirectory(store, id), { recursive: true, mode: 0o700 });
  return { container: { ...container, name }, image };
}

/** @throws KasaneError `conflict`, `usage` */
async function writeIdFile(file: string, id: string): Promise<void> {
  try {
    await writeFile(file, id, { flag: "wx", mode: 0o644 });
  } catch (error) {
    throw new KasaneError("usage", `cannot write the container's ID to ${file}: ${messageOf(error)}`, {
      hint: "name a file that is not there yet, in a directory that is",
      cause: error,
      data: { exitCode: 125 },
    });
  }
}

/** What cannot run is refused before anything is made. */
function checkRunnable(image: LocalImage, options: CreateOptions): void {
  commandLine(mergeConfig(image.config.config ?? {}, options), options.image);
}

function settingsOf(
  id: string,
  image: LocalImage,
  options: CreateOptions,
  { mounts, asked, volumes }: ResolvedMounts,
): ContainerSettings {
  const merged = exposing(mergeConfig(image.config.config ?? {}, options), options);
  const config = volumes ? { ...merged, Volumes: volumes } : merged;
  return {
    image: options.image,
    imageId: image.id,
    config,
    hostname: options.hostname ?? id.slice(0, 12),
    mounts,
    ...(asked && { askedMounts: asked }),
    network: options.network ?? "private",
    ...(options.connection && { connection: options.connection }),
    readOnlyRoot: options.readOnlyRoot ?? false,
    terminal: options.terminal ?? false,
    removeWhenDone: options.removeWhenDone ?? false,
    openStdin: options.openStdin ?? false,
    ...(options.isolation && { isolation: options.isolation }),
    ...(options.log && { log: options.log }),
    ...(options.detached && { detached: true }),
    ...(options.restart && { restart: options.restart }),
    ...(options.stopSignal !== undefined && { stopSignal: options.stopSignal }),
    ...(options.stopTimeoutS !== undefined && { stopTimeoutS: options.stopTimeoutS }),
  };
}

const nameAttempts = 8;

async function register(
  store: LocalStore,
  container: Omit<Container, "name">,
  wanted: string | undefined,
): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const name = wanted ?? randomContainerName(attempt);
    try {
      await store.meta.containers.put(recordOf({ ...container, name }));
      return name;
    } catch (error) {
      const isRandomTaken = wanted === undefined && isKasaneError(error, "conflict");
      if (!isRandomTaken || attempt === nameAttempts) throw error;
    }
  }
}
