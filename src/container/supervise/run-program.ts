import type { ProgressListener } from "../../lib/mod.ts";
import type { LeaseId } from "../../meta/mod.ts";
import type { ExitStatus, Sandbox, SandboxStep, Stdio } from "../../sandbox/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Container } from "../container.ts";
import { containerImage } from "../container-image.ts";
import { prepareUpper } from "../prepare-upper.ts";
import { commandLine, mergeEnv } from "../process-config.ts";

export interface ProgramOptions extends Pick<SandboxStep, "onStarted" | "signal"> {
  readonly sandbox: Sandbox;
  readonly stdio: Stdio;
  readonly progress?: ProgressListener;
}

/** Runs a container's program in its file system, to its end. @throws KasaneError `sandbox`, `cancelled` */
export async function runProgram(
  store: LocalStore,
  lease: LeaseId,
  container: Container,
  { sandbox, progress, ...options }: ProgramOptions,
): Promise<ExitStatus> {
  const { settings } = container;
  const image = await containerImage(store, container);
  const unpacked = await store.unpack(image, { lease, ...(progress ? { progress } : {}) });
  try {
    const { upper, work } = await prepareUpper(store, image, container.id);
    return await sandbox.run({
      rootfs: { kind: "overlay", lower: unpacked.lower, upper, work, durable: !settings.removeWhenDone },
      argv: commandLine(settings.config, settings.image),
      env: programEnv(container),
      cwd: settings.config.WorkingDir || "/",
      user: settings.config.User ?? "",
      hostname: settings.hostname,
      mounts: settings.mounts,
      network: settings.network,
      readOnlyRoot: settings.readOnlyRoot,
      ...options,
    });
  } finally {
    await unpacked.release();
  }
}

/** What every program in a container finds in its environment. */
export function programEnv({ settings }: Pick<Container, "settings">): string[] {
  return mergeEnv([`HOSTNAME=${settings.hostname}`], settings.config.Env ?? []);
}
