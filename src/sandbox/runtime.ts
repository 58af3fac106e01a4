import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { KasaneError } from "../lib/mod.ts";
import { effectiveCapabilities } from "./capabilities.ts";
import { deviceNumbers } from "./cgroup/device-rules.ts";
import { type Resources, swapOf } from "./cgroup/resources.ts";
import { findTool } from "./find-tool.ts";
import type { Device, Isolation } from "./isolation.ts";
import { defaultOciSeccomp } from "./seccomp/oci-seccomp.ts";
import { profileOciSeccomp } from "./seccomp/profile-filter.ts";
import type { RuntimePlan } from "./stage/confinement.ts";

/** The program of a runtime, by its name or path. @throws KasaneError `usage` */
export function findRuntime(name: string): string {
  const program = isAbsolute(name) ? name : findTool(name);
  try {
    accessSync(program!, constants.X_OK);
    return program!;
  } catch {
    throw new KasaneError("usage", `Unknown runtime specified ${name}`, {
      hint: "install runc or crun, or name a program with their command line by its absolute path",
      data: { exitCode: 125 },
    });
  }
}

/** What a runtime is to be told beyond what the stage knows; undefined where Kasane runs the program itself. */
export function runtimeOf(
  isolation: Isolation,
  { id, kernel, hasCgroup }: { id: string; kernel: string; hasCgroup: boolean },
): RuntimePlan | undefined {
  if (isolation.runtime === undefined) return undefined;
  const capabilities = effectiveCapabilities(isolation);
  const profile = isolation.seccompProfile ?? (isolation.isPrivileged ? "unconfined" : undefined);
  const seccomp =
    profile === undefined
      ? defaultOciSeccomp(capabilities)
      : profile === "unconfined"
        ? undefined
        : profileOciSeccomp(profile, { capabilities, kernel });
  return {
    program: findRuntime(isolation.runtime),
    id,
    ...(hasCgroup && { cgroupsPath: `${isolation.cgroupParent ?? "/kasane"}/${id}` }),
    ...(seccomp && { seccomp }),
    resources: ociResources(isolation),
    devices: (isolation.devices ?? []).map(ociDevice),
    ...(isolation.hooks && { hooks: ociHooks(isolation.hooks) }),
  };
}

function ociResources({ resources = {}, isPrivileged, devices = [] }: Isolation): Record<string, unknown> {
  const { memoryBytes, memoryReservationBytes, cpuShares, cpusetCpus, cpusetMems, pidsLimit, blkioWeight } =
    resources;
  const swap = swapOf(resources);
  return {
    devices: [
      { allow: isPrivileged ?? false, access: "rwm" },
      ...devices.map((device) => {
        const { type, major, minor } = ociDevice(device);
        return { allow: true, type, major, minor, access: device.permissions };
      }),
    ],
    memory: defined({ limit: memoryBytes, swap, reservation: memoryReservationBytes }),
    cpu: defined({ shares: cpuShares, ...quotaFields(resources), cpus: cpusetCpus, mems: cpusetMems }),
    ...(pidsLimit && { pids: { limit: pidsLimit } }),
    ...(blkioWeight && { blockIO: { weight: blkioWeight } }),
  };
}

function quotaFields({ nanoCpus, cpuQuotaUs, cpuPeriodUs }: Resources) {
  return nanoCpus
    ? { quota: Math.round(nanoCpus / 1e4), period: 100_000 }
    : { quota: cpuQuotaUs, period: cpuPeriodUs };
}

/** By the name that the runtime calls them by. */
function ociHooks(hooks: NonNullable<Isolation["hooks"]>): Record<string, unknown[]> {
  const named: Record<string, unknown[]> = {};
  for (const { hookName, ...hook } of hooks) {
    named[hookName] ??= [];
    named[hookName].push(hook);
  }
  return named;
}

function ociDevice({ source, target, node }: Device) {
  if (node) {
    const { isOnHost: _, ...facts } = node;
    return { path: target, ...facts, fileMode: facts.fileMode & 0o777 };
  }
  const stat = statSync(source, { throwIfNoEntry: false });
  if (!stat?.isCharacterDevice() && !stat?.isBlockDevice()) {
    throw new KasaneError("usage", `cannot hand ${source} to a runtime: it is no device`, {
      hint: "name a device of this machine",
      data: { exitCode: 125 },
    });
  }
  const [major, minor] = deviceNumbers(stat.rdev);
  const { uid, gid, mode } = stat;
  return {
    type: stat.isBlockDevice() ? "b" : "c",
    path: target,
    major,
    minor,
    fileMode: mode & 0o777,
    uid,
    gid,
  };
}

function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== 0 && value !== ""),
  );
}
