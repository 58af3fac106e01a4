import { existsSync } from "node:fs";
import { goContainerConfig } from "../oci/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import type { Container } from "./container.ts";
import { containerDirectory } from "./container-directory.ts";
import { containerLayers, graphDriverData } from "./container-layers.ts";
import { containerSizes } from "./container-size.ts";
import type { Health } from "./health/health.ts";
import { hostConfig } from "./host-config.ts";
import { logFile } from "./log/log-entry.ts";
import { networkSettings } from "./network/inspect-network.ts";
import { networkFilePath } from "./network/network-files.ts";
import { inspectMounts } from "./volumes/inspect-mounts.ts";

/** A container as docker's `container inspect` shows it: the fields of 20.10 in their order, and what docker says where there is nothing here. */
export async function inspectContainer(
  store: LocalStore,
  container: Container,
  options: { withSize?: boolean } = {},
): Promise<Record<string, unknown>> {
  const { id, name, settings, state, createdAtMs } = container;
  const { config } = settings;
  const sizes = options.withSize ? await containerSizes(store, container) : undefined;
  const isRestarting = state.kind === "running" && state.restartingAfter !== undefined;
  const isPaused = state.kind === "running" && state.isPaused === true;
  const log = logFile(containerDirectory(store, id));
  const [path = "", ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  return {
    Id: id,
    Created: new Date(createdAtMs).toISOString(),
    Path: path,
    Args: args,
    State: {
      Status: isRestarting ? "restarting" : isPaused ? "paused" : state.kind,
      Running: state.kind === "running",
      Paused: isPaused,
      Restarting: isRestarting,
      OOMKilled: state.kind === "exited" && state.isOutOfMemory === true,
      Dead: false,
      Pid: state.kind === "running" ? (state.programPid ?? 0) : 0,
      ExitCode: state.kind === "exited" ? (state.exitCode ?? 255) : 0,
      Error: state.kind === "exited" ? (state.error ?? "") : "",
      StartedAt: timeOf(state.kind === "created" ? undefined : state.startedAtMs),
      FinishedAt: timeOf(state.kind === "exited" ? state.finishedAtMs : undefined),
      ...(state.kind !== "created" && state.health && { Health: inspectHealth(state.health) }),
    },
    Image: settings.imageId,
    ResolvConfPath: networkFilePath(store, id, "resolv.conf"),
    HostnamePath: networkFilePath(store, id, "hostname"),
    HostsPath: networkFilePath(store, id, "hosts"),
    LogPath: existsSync(log) ? log : "",
    Name: `/${name}`,
    RestartCount: state.kind === "created" ? 0 : (state.restarts ?? 0),
    Driver: "overlay",
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: null,
    HostConfig: hostConfig(settings),
    GraphDriver: { Data: graphDriverData(await containerLayers(store, container)), Name: "overlay" },
    ...(sizes && { SizeRw: sizes.written, SizeRootFs: sizes.all }),
    Mounts: inspectMounts(store, settings.mounts),
    Config: goContainerConfig({
      ...config,
      Hostname: settings.hostname,
      AttachStdin: (settings.openStdin ?? false) && !settings.detached,
      AttachStdout: !settings.detached,
      AttachStderr: !settings.detached,
      Tty: settings.terminal,
      OpenStdin: settings.openStdin ?? false,
      Image: settings.image,
      ...(settings.stopSignal !== undefined && { StopSignal: settings.stopSignal }),
      ...(settings.stopTimeoutS !== undefined && { StopTimeout: settings.stopTimeoutS }),
    }),
    NetworkSettings: networkSettings(container),
  };
}

function inspectHealth({ status, failingStreak, log }: Health): Record<string, unknown> {
  return {
    Status: status,
    FailingStreak: failingStreak,
    Log: log.map(({ startedAtMs, endedAtMs, exitCode, output }) => ({
      ...{ Start: timeOf(startedAtMs), End: timeOf(endedAtMs), ExitCode: exitCode, Output: output },
    })),
  };
}

/** Docker's zero time stands for "not yet". */
function timeOf(ms: number | undefined): string {
  return ms === undefined ? "0001-01-01T00:00:00Z" : new Date(ms).toISOString();
}
