import type { ProgressListener } from "../../lib/mod.ts";
import type { LeaseId } from "../../meta/mod.ts";
import {
  type ExitStatus,
  injectDevices,
  type Sandbox,
  type SandboxStep,
  type Stdio,
} from "../../sandbox/mod.ts";
import type { LocalImage, LocalStore } from "../../store/mod.ts";
import type { Container } from "../container.ts";
import { containerImage } from "../container-image.ts";
import { type RunningCgroup, startCgroup } from "../isolation/container-cgroup.ts";
import { sharedNamespaces } from "../isolation/modes.ts";
import type { ContainerNetwork } from "../network/container-network.ts";
import { prepareUpper } from "../prepare-upper.ts";
import { commandLine, mergeEnv } from "../process-config.ts";
import { sandboxMounts } from "../volumes/sandbox-mounts.ts";

export interface ProgramEnd extends ExitStatus {
  /** The kernel has ended a process of it for want of memory. */
  readonly isOutOfMemory: boolean;
}

/** What of an image its layers are found by. */
export type RunnableImage = Pick<LocalImage, "manifest" | "config">;

export interface ProgramOptions extends Pick<SandboxStep, "onStarted" | "signal" | "prepared"> {
  readonly sandbox: Sandbox;
  readonly stdio: Stdio;
  readonly network: ContainerNetwork;
  readonly progress?: ProgressListener;
  readonly found?: RunnableImage | undefined;
}

/** Runs a container's program in its file system, to its end. @throws KasaneError `sandbox`, `cancelled` */
export async function runProgram(
  store: LocalStore,
  lease: LeaseId,
  container: Container,
  { sandbox, progress, network, found, ...options }: ProgramOptions,
): Promise<ProgramEnd> {
  const { settings } = container;
  const { isolation } = settings;
  const image = found ?? (await containerImage(store, container));
  const unpacked = await store.unpack(image, { lease, ...(progress ? { progress } : {}) });
  const { mounts, release } = await sandboxMounts(store, lease, container);
  const warnings: string[] = [];
  let cgroup: RunningCgroup | undefined;
  try {
    const share = await sharedNamespaces(store, isolation);
    const { upper, work } = await prepareUpper(store, unpacked, container.id);
    const step = await injectDevices({
      env: programEnv(container),
      mounts: [...mounts, ...network.mounts],
      id: container.id,
      ...(isolation && { isolation }),
    });
    cgroup = await startCgroup({ ...container, isolation: step.isolation }, (message) =>
      warnings.push(message),
    );
    const status = await sandbox.run({
      ...step,
      rootfs: { kind: "overlay", lower: unpacked.lower, upper, work, durable: !settings.removeWhenDone },
      argv: commandLine(settings.config, settings.image),
      cwd: settings.config.WorkingDir || "/",
      user: settings.config.User ?? "",
      hostname: settings.hostname,
      network: network.step,
      readOnlyRoot: settings.readOnlyRoot,
      ...{ warnings, share, ...cgroup.step },
      ...options,
    });
    return { ...status, isOutOfMemory: cgroup.isOutOfMemory() };
  } finally {
    await cgroup?.remove();
    await release();
    await unpacked.release();
  }
}

/** What every program in a container finds in its environment. */
export function programEnv({ settings }: Pick<Container, "settings">): string[] {
  return mergeEnv([`HOSTNAME=${settings.hostname}`], settings.config.Env ?? []);
}
