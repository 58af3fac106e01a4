/** The Go types behind `.HostConfig` of docker's `container inspect`. */
import {
  type GoType,
  goBool,
  goInt,
  goInt64,
  goString,
  goUint16,
  goUint32,
  goUint64,
  map,
  named,
  pointer,
  slice,
  struct,
} from "../../template/mod.ts";
import { port, words } from "./image-type.ts";

const texts = map(goString, goString);

const portBinding = struct("nat.PortBinding", {
  HostIP: { type: goString, json: "HostIp" },
  HostPort: goString,
});
export const portMap = named("nat.PortMap", map(port, slice(portBinding)));

const weightDevice = struct("blkiodev.WeightDevice", { Path: goString, Weight: goUint16 });
const throttleDevices = slice(pointer(struct("blkiodev.ThrottleDevice", { Path: goString, Rate: goUint64 })));

const ulimitFields = { Name: goString, Hard: goInt64, Soft: goInt64 };
const ulimit = struct("units.Ulimit", ulimitFields, {
  text(data) {
    const { Name, Soft, Hard } = data as Record<keyof typeof ulimitFields, unknown>;
    return `${Name}=${Soft}:${Hard}`;
  },
});

const resources = struct("container.Resources", {
  CPUShares: { type: goInt64, json: "CpuShares" },
  Memory: goInt64,
  NanoCPUs: { type: goInt64, json: "NanoCpus" },
  CgroupParent: goString,
  BlkioWeight: goUint16,
  BlkioWeightDevice: slice(pointer(weightDevice)),
  BlkioDeviceReadBps: throttleDevices,
  BlkioDeviceWriteBps: throttleDevices,
  BlkioDeviceReadIOps: throttleDevices,
  BlkioDeviceWriteIOps: throttleDevices,
  CPUPeriod: { type: goInt64, json: "CpuPeriod" },
  CPUQuota: { type: goInt64, json: "CpuQuota" },
  CPURealtimePeriod: { type: goInt64, json: "CpuRealtimePeriod" },
  CPURealtimeRuntime: { type: goInt64, json: "CpuRealtimeRuntime" },
  CpusetCpus: goString,
  CpusetMems: goString,
  Devices: slice(
    struct("container.DeviceMapping", {
      ...{ PathOnHost: goString, PathInContainer: goString, CgroupPermissions: goString },
    }),
  ),
  DeviceCgroupRules: slice(goString),
  DeviceRequests: slice(
    struct("container.DeviceRequest", {
      ...{ Driver: goString, Count: goInt, DeviceIDs: slice(goString) },
      ...{ Capabilities: slice(slice(goString)), Options: texts },
    }),
  ),
  KernelMemory: goInt64,
  KernelMemoryTCP: goInt64,
  MemoryReservation: goInt64,
  MemorySwap: goInt64,
  MemorySwappiness: pointer(goInt64),
  OomKillDisable: pointer(goBool),
  PidsLimit: pointer(goInt64),
  Ulimits: slice(pointer(ulimit)),
  CPUCount: { type: goInt64, json: "CpuCount" },
  CPUPercent: { type: goInt64, json: "CpuPercent" },
  IOMaximumIOps: goUint64,
  IOMaximumBandwidth: goUint64,
});

const optional = (type: GoType) => ({ type, omitEmpty: true });

const mount = struct("mount.Mount", {
  ...{ Type: optional(goString), Source: optional(goString), Target: optional(goString) },
  ...{ ReadOnly: optional(goBool), Consistency: optional(goString) },
  BindOptions: optional(
    pointer(struct("mount.BindOptions", { Propagation: optional(goString), NonRecursive: optional(goBool) })),
  ),
  VolumeOptions: optional(
    pointer(
      struct("mount.VolumeOptions", {
        ...{ NoCopy: optional(goBool), Labels: optional(texts), Subpath: optional(goString) },
        DriverConfig: optional(
          pointer(struct("mount.Driver", { Name: optional(goString), Options: optional(texts) })),
        ),
      }),
    ),
  ),
  TmpfsOptions: optional(
    pointer(struct("mount.TmpfsOptions", { SizeBytes: optional(goInt64), Mode: optional(goUint32) })),
  ),
});

export const hostConfig = struct("container.HostConfig", {
  Binds: slice(goString),
  ContainerIDFile: goString,
  LogConfig: struct("container.LogConfig", { Type: goString, Config: texts }),
  NetworkMode: named("container.NetworkMode", goString),
  PortBindings: portMap,
  RestartPolicy: struct("container.RestartPolicy", { Name: goString, MaximumRetryCount: goInt }),
  AutoRemove: goBool,
  VolumeDriver: goString,
  VolumesFrom: slice(goString),
  CapAdd: words,
  CapDrop: words,
  CgroupnsMode: named("container.CgroupnsMode", goString),
  DNS: { type: slice(goString), json: "Dns" },
  DNSOptions: { type: slice(goString), json: "DnsOptions" },
  DNSSearch: { type: slice(goString), json: "DnsSearch" },
  ExtraHosts: slice(goString),
  GroupAdd: slice(goString),
  IpcMode: named("container.IpcMode", goString),
  Cgroup: named("container.CgroupSpec", goString),
  Links: slice(goString),
  OomScoreAdj: goInt,
  PidMode: named("container.PidMode", goString),
  Privileged: goBool,
  PublishAllPorts: goBool,
  ReadonlyRootfs: goBool,
  SecurityOpt: slice(goString),
  StorageOpt: optional(texts),
  Tmpfs: optional(texts),
  UTSMode: named("container.UTSMode", goString),
  UsernsMode: named("container.UsernsMode", goString),
  ShmSize: goInt64,
  Sysctls: optional(texts),
  Runtime: goString,
  ConsoleSize: { kind: "array", name: "[2]uint", element: named("uint", goUint64) },
  Isolation: named("container.Isolation", goString),
  Resources: { type: resources, embedded: true },
  Mounts: optional(slice(mount)),
  MaskedPaths: slice(goString),
  ReadonlyPaths: slice(goString),
  Init: optional(pointer(goBool)),
});
