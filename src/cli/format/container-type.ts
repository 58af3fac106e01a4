/** The Go types behind docker's `container inspect`. */
import { goBool, goInt, goInt64, goString, goTime, pointer, slice, struct } from "../../template/mod.ts";
import { hostConfig } from "./host-config-type.ts";
import { containerConfig, graphDriver } from "./image-type.ts";
import { networkSettings } from "./network-settings-type.ts";

const healthResult = struct("types.HealthcheckResult", {
  ...{ Start: goTime, End: goTime, ExitCode: goInt, Output: goString },
});
const health = struct("types.Health", {
  ...{ Status: goString, FailingStreak: goInt, Log: slice(pointer(healthResult)) },
});

const state = struct("types.ContainerState", {
  Status: goString,
  Running: goBool,
  Paused: goBool,
  Restarting: goBool,
  OOMKilled: goBool,
  Dead: goBool,
  Pid: goInt,
  ExitCode: goInt,
  Error: goString,
  StartedAt: goString,
  FinishedAt: goString,
  Health: { type: pointer(health), omitEmpty: true },
});

const mountPoint = struct("types.MountPoint", {
  Type: { type: goString, omitEmpty: true },
  Name: { type: goString, omitEmpty: true },
  Source: goString,
  Destination: goString,
  Driver: { type: goString, omitEmpty: true },
  Mode: goString,
  RW: goBool,
  Propagation: goString,
});

const base = struct("types.ContainerJSONBase", {
  ID: { type: goString, json: "Id" },
  Created: goString,
  Path: goString,
  Args: slice(goString),
  State: pointer(state),
  Image: goString,
  ResolvConfPath: goString,
  HostnamePath: goString,
  HostsPath: goString,
  LogPath: goString,
  Name: goString,
  RestartCount: goInt,
  Driver: goString,
  Platform: goString,
  MountLabel: goString,
  ProcessLabel: goString,
  AppArmorProfile: goString,
  ExecIDs: slice(goString),
  HostConfig: pointer(hostConfig),
  GraphDriver: graphDriver,
  SizeRw: { type: pointer(goInt64), omitEmpty: true },
  SizeRootFs: { type: pointer(goInt64), omitEmpty: true },
});

export const containerInspect = struct("types.ContainerJSON", {
  ContainerJSONBase: { type: pointer(base), embedded: true },
  Mounts: slice(mountPoint),
  Config: pointer(containerConfig),
  NetworkSettings: pointer(networkSettings),
});
