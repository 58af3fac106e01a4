import { type DeviceLimit, type Isolation, maskedPaths, readOnlyPaths } from "../sandbox/mod.ts";
import type { ContainerSettings } from "./container.ts";
import { defaultLogLimits } from "./log/log-entry.ts";
import { hostConfigOfNetwork } from "./network/inspect-network.ts";
import { noRestart } from "./restart-policy.ts";
import type { AskedMounts } from "./volumes/container-mount.ts";

/** Of /dev/shm in every container. */
const sharedMemoryBytes = 64 * 1024 * 1024;

const usualLog = {
  "max-file": String(defaultLogLimits.maxFiles),
  "max-size": `${defaultLogLimits.maxBytes >> 20}m`,
};

const noMounts: AskedMounts = { binds: [], mounts: [], tmpfs: {}, volumesFrom: [] };

/** Docker's HostConfig, its fields in its order: what a container here has, and for what there is none of, what docker says then. */
export function hostConfig(settings: ContainerSettings): Record<string, unknown> {
  const {
    askedMounts = noMounts,
    removeWhenDone,
    readOnlyRoot,
    restart = noRestart,
    isolation = {},
  } = settings;
  const { binds, mounts, tmpfs, volumesFrom } = askedMounts;
  const network = hostConfigOfNetwork(settings);
  const isUnmasked = isolation.isPrivileged || isolation.isUnmasked;
  return {
    Binds: binds.length > 0 ? binds : null,
    ContainerIDFile: "",
    LogConfig: { Type: settings.log?.driver ?? "json-file", Config: settings.log?.options ?? usualLog },
    NetworkMode: network.NetworkMode,
    PortBindings: network.PortBindings,
    RestartPolicy: { Name: restart.name, MaximumRetryCount: restart.maximumRetries },
    AutoRemove: removeWhenDone,
    VolumeDriver: "",
    VolumesFrom: volumesFrom.length > 0 ? volumesFrom : null,
    CapAdd: isolation.capAdd ?? null,
    CapDrop: isolation.capDrop ?? null,
    CgroupnsMode: isolation.cgroupnsMode ?? "private",
    Dns: network.Dns,
    DnsOptions: network.DnsOptions,
    DnsSearch: network.DnsSearch,
    ExtraHosts: network.ExtraHosts,
    GroupAdd: isolation.groupAdd ?? null,
    IpcMode: isolation.ipcMode ?? "private",
    Cgroup: "",
    Links: null,
    OomScoreAdj: isolation.oomScoreAdj ?? 0,
    PidMode: isolation.pidMode ?? "",
    Privileged: isolation.isPrivileged ?? false,
    PublishAllPorts: network.PublishAllPorts,
    ReadonlyRootfs: readOnlyRoot,
    SecurityOpt: isolation.securityOpt ?? null,
    ...(Object.keys(tmpfs).length > 0 && { Tmpfs: tmpfs }),
    UTSMode: isolation.utsMode ?? "",
    UsernsMode: isolation.usernsMode ?? "",
    ShmSize: isolation.shmSizeBytes || sharedMemoryBytes,
    ...(isolation.sysctls && { Sysctls: isolation.sysctls }),
    Runtime: isolation.runtime ?? "",
    ConsoleSize: [0, 0],
    Isolation: "",
    ...resourceFields(isolation),
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    ...(isolation.init && { Init: true }),
    ...(mounts.length > 0 && { Mounts: mounts }),
    MaskedPaths: isUnmasked ? null : maskedPaths,
    ReadonlyPaths: isUnmasked ? null : readOnlyPaths,
  };
}

function resourceFields({
  resources = {},
  devices = [],
  deviceRules,
  cdiDevices,
  ulimits,
  cgroupParent = "",
}: Isolation) {
  const { memoryBytes = 0, memorySwapBytes } = resources;
  const deviceLimits = (wanted: DeviceLimit["kind"]) => {
    const limits = (resources.deviceLimits ?? []).filter(({ kind }) => kind === wanted);
    return limits.length > 0 ? limits.map(({ path, rate }) => ({ Path: path, Rate: rate })) : null;
  };
  return {
    CpuShares: resources.cpuShares ?? 0,
    Memory: memoryBytes,
    NanoCpus: resources.nanoCpus ?? 0,
    CgroupParent: cgroupParent,
    BlkioWeight: resources.blkioWeight ?? 0,
    BlkioWeightDevice: [],
    BlkioDeviceReadBps: deviceLimits("read-bps"),
    BlkioDeviceWriteBps: deviceLimits("write-bps"),
    BlkioDeviceReadIOps: deviceLimits("read-iops"),
    BlkioDeviceWriteIOps: deviceLimits("write-iops"),
    CpuPeriod: resources.cpuPeriodUs ?? 0,
    CpuQuota: resources.cpuQuotaUs ?? 0,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: resources.cpusetCpus ?? "",
    CpusetMems: resources.cpusetMems ?? "",
    Devices: devices.map(({ source, target, permissions }) => ({
      PathOnHost: source,
      PathInContainer: target,
      CgroupPermissions: permissions,
    })),
    DeviceCgroupRules: deviceRules ?? null,
    DeviceRequests: cdiDevices
      ? [{ Driver: "cdi", Count: 0, DeviceIDs: cdiDevices, Capabilities: null, Options: null }]
      : null,
    KernelMemory: 0,
    KernelMemoryTCP: 0,
    MemoryReservation: resources.memoryReservationBytes ?? 0,
    MemorySwap: memorySwapBytes ?? memoryBytes * 2,
    MemorySwappiness: resources.memorySwappiness ?? null,
    OomKillDisable: resources.isOomKillDisabled ?? false,
    PidsLimit: resources.pidsLimit ?? null,
    Ulimits: ulimits?.map(({ name, soft, hard }) => ({ Name: name, Hard: hard, Soft: soft })) ?? null,
  };
}
