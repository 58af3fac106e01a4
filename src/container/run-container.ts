import { isKasaneError, KasaneError, messageOf, type ProgressListener } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import type { ExitStatus, Sandbox, Stdio } from "../sandbox/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { type Container, type ContainerState, containerKey, encodeContainer } from "./container.ts";
import { randomContainerId } from "./container-name.ts";
import { type CreateOptions, createUnderLease } from "./create-container.ts";
import { prepareUpper } from "./prepare-upper.ts";
import { commandLine, mergeEnv } from "./process-config.ts";
import { discardContainer, sweepContainers } from "./remove-container.ts";

export interface StartOptions {
  readonly sandbox: Sandbox;
  readonly stdio: Stdio;
  /** Kills the container. */
  readonly signal?: AbortSignal;
  /** Of unpacking layers that are not unpacked yet. */
  readonly progress?: ProgressListener;
}

export interface RunOptions extends CreateOptions, StartOptions {
  /** Told once the container is there, before it runs. */
  readonly onCreated?: (container: Container) => void;
}

/**
 * Creates a container and runs it to its end in this process.
 * @throws KasaneError as createContainer() and startContainer()
 */
export async function runContainer(store: LocalStore, options: RunOptions): Promise<ExitStatus> {
  await sweepContainers(store);
  return store.withLease("run container", async (lease) => {
    const id = randomContainerId();
    // Running from the start: whoever finds it so without its lease knows that nobody will come to run or remove it.
    await store.meta.leases.hold(lease, [containerKey(id)]);
    const container = await createUnderLease(store, lease, options, { id, state: runningNow() });
    options.onCreated?.(container);
    return runUnderLease(store, lease, container, options);
  });
}

/**
 * Runs a container's process to its end.
 * @throws KasaneError `conflict` while it runs, `sandbox` with `data.exitCode` when it cannot start, `cancelled`
 */
export async function startContainer(
  store: LocalStore,
  container: Container,
  options: StartOptions,
): Promise<ExitStatus> {
  if (container.state.kind === "running") {
    throw new KasaneError("conflict", `container ${container.name} is running already`, {
      hint: "wait for it to end, or use another container",
    });
  }
  return store.withLease("run container", async (lease) => {
    await store.meta.leases.hold(lease, [containerKey(container.id), container.manifest]);
    const running = { ...container, state: runningNow() };
    await store.meta.containers.update(container.id, encodeContainer(running));
    return runUnderLease(store, lease, running, options);
  });
}

type Running = Extract<ContainerState, { kind: "running" }>;

function runningNow(): Running {
  return { kind: "running", startedAtMs: Date.now(), pid: process.pid };
}

async function runUnderLease(
  store: LocalStore,
  lease: LeaseId,
  container: Container,
  options: StartOptions,
): Promise<ExitStatus> {
  let end: { exitCode?: number; error?: string } = {};
  try {
    const status = await runProcess(store, lease, container, options);
    end = { exitCode: status.code };
    return status;
  } catch (error) {
    const exitCode = error instanceof KasaneError ? error.data.exitCode : undefined;
    end = { error: messageOf(error), ...(typeof exitCode === "number" ? { exitCode } : {}) };
    throw error;
  } finally {
    await settle(store, container, end);
  }
}

/** On a full disk the program's end is what counts: without its lease the container is told as ended, and the next sweep removes it. */
async function settle(
  store: LocalStore,
  container: Container,
  end: { exitCode?: number; error?: string },
): Promise<void> {
  try {
    if (container.settings.removeWhenDone) await discardContainer(store, container.id);
    else await recordEnd(store, container, end);
  } catch (error) {
    if (!isKasaneError(error, "no-space")) throw error;
  }
}

async function recordEnd(
  store: LocalStore,
  container: Container,
  end: { exitCode?: number; error?: string },
): Promise<void> {
  const startedAtMs =
    container.state.kind === "created" ? container.createdAtMs : container.state.startedAtMs;
  const state = { kind: "exited", startedAtMs, finishedAtMs: Date.now(), ...end } as const;
  await store.meta.containers.update(container.id, encodeContainer({ ...container, state }));
}

async function runProcess(
  store: LocalStore,
  lease: LeaseId,
  container: Container,
  { sandbox, stdio, signal, progress }: StartOptions,
): Promise<ExitStatus> {
  const { settings } = container;
  const image = await store.find(container.manifest);
  const unpacked = await store.unpack(image, { lease, ...(progress ? { progress } : {}) });
  try {
    const { upper, work } = await prepareUpper(store, image, container.id);
    return await sandbox.run({
      rootfs: { kind: "overlay", lower: unpacked.lower, upper, work, durable: !settings.removeWhenDone },
      argv: commandLine(settings.config, settings.image),
      env: mergeEnv([`HOSTNAME=${settings.hostname}`], settings.config.Env ?? []),
      cwd: settings.config.WorkingDir || "/",
      user: settings.config.User ?? "",
      hostname: settings.hostname,
      mounts: settings.mounts,
      network: settings.network,
      readOnlyRoot: settings.readOnlyRoot,
      stdio,
      ...(signal ? { signal } : {}),
    });
  } finally {
    await unpacked.release();
  }
}
