import { maskedPaths, readOnlyPaths } from "../sandbox/mod.ts";
import type { ContainerSettings } from "./container.ts";
import { defaultLogLimits } from "./log/log-entry.ts";
import { noRestart } from "./restart-policy.ts";

/** Of /dev/shm in every container. */
const sharedMemoryBytes = 64 * 1024 * 1024;

const { maxBytes, maxFiles } = defaultLogLimits;

/** Docker's HostConfig, its fields in its order: what a container here has, and for what there is none of, what docker says then. */
export function hostConfig({
  mounts,
  network,
  removeWhenDone,
  readOnlyRoot,
  restart = noRestart,
}: ContainerSettings): Record<string, unknown> {
  const binds = mounts.flatMap((mount) =>
    mount.kind === "bind" ? [`${mount.source}:${mount.target}${mount.readOnly ? ":ro" : ""}`] : [],
  );
  return {
    Binds: binds.length > 0 ? binds : null,
    ContainerIDFile: "",
    LogConfig: {
      Type: "json-file",
      Config: { "max-file": String(maxFiles), "max-size": `${maxBytes >> 20}m` },
    },
    NetworkMode: network,
    PortBindings: {},
    RestartPolicy: { Name: restart.name, MaximumRetryCount: restart.maximumRetries },
    AutoRemove: removeWhenDone,
    VolumeDriver: "",
    VolumesFrom: null,
    CapAdd: null,
    CapDrop: null,
    CgroupnsMode: "private",
    Dns: [],
    DnsOptions: [],
    DnsSearch: [],
    ExtraHosts: null,
    GroupAdd: null,
    IpcMode: "private",
    Cgroup: "",
    Links: null,
    OomScoreAdj: 0,
    PidMode: "",
    Privileged: false,
    PublishAllPorts: false,
    ReadonlyRootfs: readOnlyRoot,
    SecurityOpt: null,
    UTSMode: "",
    UsernsMode: "",
    ShmSize: sharedMemoryBytes,
    Runtime: "",
    ConsoleSize: [0, 0],
    Isolation: "",
    CpuShares: 0,
    Memory: 0,
    NanoCpus: 0,
    CgroupParent: "",
    BlkioWeight: 0,
    BlkioWeightDevice: [],
    BlkioDeviceReadBps: null,
    BlkioDeviceWriteBps: null,
    BlkioDeviceReadIOps: null,
    BlkioDeviceWriteIOps: null,
    CpuPeriod: 0,
    CpuQuota: 0,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: "",
    CpusetMems: "",
    Devices: [],
    DeviceCgroupRules: null,
    DeviceRequests: null,
    KernelMemory: 0,
    KernelMemoryTCP: 0,
    MemoryReservation: 0,
    MemorySwap: 0,
    MemorySwappiness: null,
    OomKillDisable: false,
    PidsLimit: null,
    Ulimits: null,
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    MaskedPaths: maskedPaths,
    ReadonlyPaths: readOnlyPaths,
  };
}

/** Docker's NetworkSettings of a container that has the host's network, or none: no address, and no port of its own. */
export function networkSettings({ network }: ContainerSettings): Record<string, unknown> {
  const address = {
    EndpointID: "",
    Gateway: "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    IPAddress: "",
    IPPrefixLen: 0,
    IPv6Gateway: "",
    MacAddress: "",
  };
  const { EndpointID, Gateway, IPAddress, IPPrefixLen, IPv6Gateway, ...rest } = address;
  return {
    Bridge: "",
    SandboxID: "",
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    Ports: {},
    SandboxKey: "",
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    ...address,
    Networks: {
      [network]: {
        IPAMConfig: null,
        Links: null,
        Aliases: null,
        NetworkID: "",
        ...{ EndpointID, Gateway, IPAddress, IPPrefixLen, IPv6Gateway },
        ...rest,
        DriverOpts: null,
      },
    },
  };
}
