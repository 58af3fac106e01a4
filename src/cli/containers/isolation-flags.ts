import type { CreateOptions } from "../../container/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { CommandContext } from "../command.ts";
import type { Flag, ParsedFlags } from "../flags.ts";
import { warn } from "../messages/tell.ts";

/** What a container may take, of `run`, `create` and `update`. */
export const resourceFlags: readonly Flag[] = [
  { name: "memory", short: "m", type: "string", value: "BYTES", help: "Most memory, for example 512m" },
  {
    name: "memory-swap",
    type: "string",
    value: "BYTES",
    help: "Most memory and swap together; -1: any swap",
  },
  {
    name: "memory-reservation",
    type: "string",
    value: "BYTES",
    help: "Memory it keeps when memory is short",
  },
  { name: "cpus", type: "string", value: "NUMBER", help: "Most processors, for example 1.5" },
  {
    name: "cpu-shares",
    short: "c",
    type: "number",
    value: "N",
    help: "Share of busy processors (usual: 1024)",
  },
  { name: "cpu-quota", type: "number", value: "MICROSECONDS", help: "Processor time in each period" },
  { name: "cpu-period", type: "number", value: "MICROSECONDS", help: "Length of a period" },
  { name: "cpuset-cpus", type: "string", value: "LIST", help: "Processors it may use, for example 0-2,5" },
  { name: "cpuset-mems", type: "string", value: "LIST", help: "Memory nodes it may use" },
  { name: "pids-limit", type: "number", value: "N", help: "Most processes and threads; -1: no limit" },
  { name: "blkio-weight", type: "number", value: "N", help: "Share of busy disks, 10 to 1000" },
];

const deviceLimitKinds = ["read-bps", "write-bps", "read-iops", "write-iops"] as const;

export const deviceFlag: Flag = {
  name: "device",
  type: "strings",
  value: "DEVICE[:PATH[:rwm]]|VENDOR/CLASS=NAME",
  help: "A device of this machine, by path or by its name in a CDI specification",
};

export const specDirectoryFlag: Flag = {
  name: "cdi-spec-dir",
  type: "strings",
  value: "DIR",
  help: "Where CDI specifications are, in place of /etc/cdi and /var/run/cdi; the last one that has a device counts",
};

/** What parts a container from this machine. */
export const isolationFlags: readonly Flag[] = [
  { name: "cap-add", type: "strings", value: "CAPABILITY", help: "Give it a capability, or ALL" },
  { name: "cap-drop", type: "strings", value: "CAPABILITY", help: "Take a capability, or ALL" },
  {
    name: "security-opt",
    type: "strings",
    value: "OPTION",
    help: "seccomp=FILE|unconfined, no-new-privileges, systempaths=unconfined, apparmor=PROFILE, label=disable",
  },
  { name: "privileged", type: "boolean", help: "All capabilities and devices, nothing hidden" },
  deviceFlag,
  specDirectoryFlag,
  {
    name: "device-cgroup-rule",
    type: "strings",
    value: "RULE",
    help: "Devices that its control group lets it use, for example 'c 189:* rwm'",
  },
  { name: "group-add", type: "strings", value: "GROUP", help: "One more group, by name or number" },
  { name: "init", type: "boolean", help: "A process 1 that passes signals on and reaps" },
  { name: "pid", type: "string", value: "MODE", help: "host or container:NAME: whose processes it sees" },
  {
    name: "ipc",
    type: "string",
    value: "MODE",
    help: "private (default), shareable, none, host or container:NAME",
  },
  { name: "uts", type: "string", value: "MODE", help: "host: the machine's host name" },
  {
    name: "userns",
    type: "string",
    value: "MODE",
    help: "host: no user namespace of its own, as it is anyway",
  },
  { name: "cgroupns", type: "string", value: "MODE", help: "private (default) or host" },
  { name: "cgroup-parent", type: "string", value: "PATH", help: "Control group to make its own below" },
  { name: "sysctl", type: "strings", value: "NAME=VALUE", help: "Kernel setting of its namespaces" },
  {
    name: "ulimit",
    type: "strings",
    value: "NAME=SOFT[:HARD]",
    help: "Limit of each process, for example nofile=1024",
  },
  {
    name: "oom-score-adj",
    type: "number",
    value: "N",
    help: "When memory is short: 1000 ends first, -1000 never",
  },
  {
    name: "runtime",
    type: "string",
    value: "NAME|PATH",
    help: "runc, crun or another OCI runtime that is to run it",
  },
  { name: "shm-size", type: "string", value: "BYTES", help: "Size of /dev/shm (default 64m)" },
  {
    name: "memory-swappiness",
    type: "number",
    value: "N",
    help: "How readily its memory is swapped, 0 to 100",
  },
  {
    name: "oom-kill-disable",
    type: "boolean",
    help: "Let its processes wait where memory is short, instead of ending them",
  },
  ...deviceLimitKinds.map((kind): Flag => {
    const [what, unit] = kind.split("-");
    return {
      name: `device-${kind}`,
      type: "strings",
      value: "DEVICE:RATE",
      help:
        unit === "bps"
          ? what === "read"
            ? "Most bytes a second that are read from a disk, for example /dev/sda:10m"
            : "Most bytes a second that are written to a disk"
          : what === "read"
            ? "Most reads a second from a disk"
            : "Most writes a second to a disk",
    };
  }),
  { name: "gpus", type: "string", value: "GPUS", help: "Not here: see --device", hidden: true },
  ...resourceFlags,
];

/** @throws KasaneError `usage`, `not-found` for a container that is to be joined */
export async function isolationOptions(
  { flags, terminal }: Pick<CommandContext, "flags" | "terminal">,
  store: LocalStore,
): Promise<Pick<CreateOptions, "isolation">> {
  const given = isolationFlags.filter(({ name, type }) =>
    type === "strings" ? flags.strings(name).length > 0 : isGiven(flags, name, type),
  );
  const domainname = flags.string("domainname");
  if (given.length === 0 && domainname === undefined) return {};
  if (flags.string("gpus") !== undefined) {
    throw new KasaneError(
      "unsupported",
      "--gpus needs a runtime of the card's maker, which Kasane does not call",
      {
        hint: "give the card's devices, for example --device /dev/dri, and mount its libraries with -v",
        data: { exitCode: 125 },
      },
    );
  }
  const [containers, { findRuntime, parseCapability }] = await Promise.all([
    import("../../container/mod.ts"),
    import("../../sandbox/mod.ts"),
  ]);
  const { parseMemory, parseModes, parseOomScore, parseSecurityOptions } = containers;
  const modeNames = ["pid", "ipc", "uts", "userns", "cgroupns"];
  const modes = await parseModes(
    store,
    Object.fromEntries(modeNames.map((name) => [name, flags.string(name)])),
  );
  if (modes.utsMode === "host" && flags.string("hostname") !== undefined)
    throw containers.wrongLimit(
      "conflicting options: hostname and the UTS mode",
      "leave --hostname or --uts away",
    );
  const [capAdd, capDrop] = (["cap-add", "cap-drop"] as const).map((name) =>
    flags.strings(name).map((text) => parseCapability(text, name === "cap-add" ? "CapAdd" : "CapDrop")),
  );
  const oomScore = flags.number("oom-score-adj");
  const shmSize = flags.string("shm-size");
  const runtime = flags.string("runtime");
  if (runtime) findRuntime(runtime);
  const resources = await resourceOptions(flags);
  containers.checkResources(resources);
  return {
    isolation: {
      ...modes,
      ...parseSecurityOptions(flags.strings("security-opt"), (message) => warn(terminal, message)),
      ...(capAdd!.length > 0 && { capAdd: capAdd! }),
      ...(capDrop!.length > 0 && { capDrop: capDrop! }),
      ...(flags.boolean("privileged") && { isPrivileged: true }),
      ...(flags.boolean("init") && { init: true }),
      ...(await deviceOptions(flags.strings("device"), flags.strings("cdi-spec-dir"))),
      ...listed("deviceRules", flags.strings("device-cgroup-rule").map(containers.parseDeviceRule)),
      ...listed("groupAdd", flags.strings("group-add")),
      ...listed("ulimits", flags.strings("ulimit").map(containers.parseUlimit)),
      ...((flags.strings("sysctl").length > 0 || domainname) && {
        sysctls: {
          ...Object.fromEntries(flags.strings("sysctl").map(containers.parseSysctl)),
          ...(domainname && { "kernel.domainname": domainname }),
        },
      }),
      ...(oomScore !== undefined && { oomScoreAdj: parseOomScore(oomScore) }),
      ...(runtime && { runtime }),
      ...(shmSize !== undefined && { shmSizeBytes: parseMemory(shmSize, "--shm-size") }),
      ...(flags.string("cgroup-parent") && { cgroupParent: flags.string("cgroup-parent")! }),
      ...(Object.keys(resources).length > 0 && { resources }),
    },
  };
}

/** By path, and by their names in CDI specifications. @throws KasaneError `usage` */
export async function deviceOptions(
  devices: readonly string[],
  specDirectories: readonly string[],
): Promise<Pick<NonNullable<CreateOptions["isolation"]>, "devices" | "cdiDevices" | "cdiSpecDirs">> {
  const [{ parseDevice }, { isCdiName }, { resolve }] = await Promise.all([
    import("../../container/mod.ts"),
    import("../../sandbox/mod.ts"),
    import("node:path"),
  ]);
  return {
    ...listed("devices", devices.filter((text) => !isCdiName(text)).map(parseDevice)),
    ...listed("cdiDevices", devices.filter(isCdiName)),
    ...listed(
      "cdiSpecDirs",
      specDirectories.map((directory) => resolve(directory)),
    ),
  };
}

/** The limits that were given. @throws KasaneError `usage` */
export async function resourceOptions(
  flags: Pick<ParsedFlags, "boolean" | "string" | "strings" | "number">,
): Promise<NonNullable<NonNullable<CreateOptions["isolation"]>["resources"]>> {
  const { parseCpus, parseDeviceLimit, parseMemory } = await import("../../container/mod.ts");
  const memory = (flag: string) => {
    const text = flags.string(flag.slice(2));
    return text === undefined ? undefined : text === "-1" ? -1 : parseMemory(text, flag);
  };
  const cpus = flags.string("cpus");
  const limits = deviceLimitKinds.flatMap((kind) =>
    flags.strings(`device-${kind}`).map((text) => parseDeviceLimit(kind, text)),
  );
  const resources = {
    memoryBytes: memory("--memory"),
    memorySwapBytes: memory("--memory-swap"),
    memoryReservationBytes: memory("--memory-reservation"),
    nanoCpus: cpus === undefined ? undefined : parseCpus(cpus),
    cpuShares: flags.number("cpu-shares"),
    cpuQuotaUs: flags.number("cpu-quota"),
    cpuPeriodUs: flags.number("cpu-period"),
    cpusetCpus: flags.string("cpuset-cpus"),
    cpusetMems: flags.string("cpuset-mems"),
    pidsLimit: flags.number("pids-limit"),
    blkioWeight: flags.number("blkio-weight"),
    memorySwappiness: flags.number("memory-swappiness"),
    isOomKillDisabled: flags.boolean("oom-kill-disable") || undefined,
    deviceLimits: limits.length > 0 ? limits : undefined,
  };
  return Object.fromEntries(Object.entries(resources).filter(([, value]) => value !== undefined));
}

function isGiven(flags: ParsedFlags, name: string, type: Flag["type"]): boolean {
  if (type === "boolean") return flags.maybeBoolean(name) !== undefined;
  return (type === "number" ? flags.number(name) : flags.string(name)) !== undefined;
}

function listed<Name extends string, Value>(
  name: Name,
  values: readonly Value[],
): { [key in Name]?: readonly Value[] } {
  return (values.length === 0 ? {} : { [name]: values }) as { [key in Name]?: readonly Value[] };
}
