import { statSync } from "node:fs";
import { deviceNumbers } from "./device-rules.ts";

/** What a program and all it starts may take together, in Docker's units. Absent: what there is. */
export interface Resources {
  readonly memoryBytes?: number;
  readonly memoryReservationBytes?: number;
  /** Memory and swap together; -1: as much swap as there is. Absent: twice the memory. */
  readonly memorySwapBytes?: number;
  /** Billionths of a processor. */
  readonly nanoCpus?: number;
  /** Relative to others; 1024 is usual. */
  readonly cpuShares?: number;
  /** µs of processor time in each period; -1: no limit. */
  readonly cpuQuotaUs?: number;
  readonly cpuPeriodUs?: number;
  /** `0-3,5`. */
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  /** -1: no limit. */
  readonly pidsLimit?: number;
  /** 10 to 1000. */
  readonly blkioWeight?: number;
  /** 0 to 100; -1: the machine's. */
  readonly memorySwappiness?: number;
  /** Where memory is short its processes wait instead of being ended. */
  readonly isOomKillDisabled?: boolean;
  readonly deviceLimits?: readonly DeviceLimit[];
}

/** Most that is read from a disk, or written to it, each second. */
export interface DeviceLimit {
  readonly kind: "read-bps" | "write-bps" | "read-iops" | "write-iops";
  /** Of the device. */
  readonly path: string;
  readonly rate: number;
}

const usualPeriodUs = 100_000;

/** One file of a controller, and what is to be written there. */
export interface Setting {
  readonly controller: string;
  readonly file: string;
  /** Its name where another scheduler of disks is at work. */
  readonly otherFile?: string;
  readonly value: string;
  /** The flag that asked for it, for a warning. */
  readonly flag: string;
}

/** µs of processor time in each period; undefined: no limit. */
function quotaOf({
  nanoCpus,
  cpuQuotaUs,
  cpuPeriodUs,
}: Resources): { quota: number; period: number } | undefined {
  if (nanoCpus) return { quota: Math.round((nanoCpus * usualPeriodUs) / 1e9), period: usualPeriodUs };
  if (cpuQuotaUs === undefined && cpuPeriodUs === undefined) return undefined;
  return { quota: cpuQuotaUs || -1, period: cpuPeriodUs || usualPeriodUs };
}

/** Memory and swap together. */
export function swapOf({ memoryBytes, memorySwapBytes }: Resources): number | undefined {
  return memorySwapBytes || (memoryBytes ? memoryBytes * 2 : undefined);
}

type SettingRow = readonly [
  controller: string,
  file: string,
  value: string | number | undefined,
  flag: string,
  otherFile?: string,
];

/** For control groups of version 1. The order is the one in which the kernel takes them. */
export function settingsV1(resources: Resources): Setting[] {
  const { memoryBytes, memoryReservationBytes, cpuShares, cpusetCpus, cpusetMems } = resources;
  const { pidsLimit, blkioWeight } = resources;
  const quota = quotaOf(resources);
  const swap = swapOf(resources);
  const rows: SettingRow[] = [
    ["memory", "memory.limit_in_bytes", memoryBytes, "--memory"],
    ["memory", "memory.memsw.limit_in_bytes", swap, "--memory-swap"],
    ["memory", "memory.soft_limit_in_bytes", memoryReservationBytes, "--memory-reservation"],
    ["cpu", "cpu.shares", cpuShares, "--cpu-shares"],
    ["cpu", "cpu.cfs_period_us", quota?.period, "--cpus"],
    ["cpu", "cpu.cfs_quota_us", quota?.quota, "--cpus"],
    ["cpuset", "cpuset.cpus", cpusetCpus, "--cpuset-cpus"],
    ["cpuset", "cpuset.mems", cpusetMems, "--cpuset-mems"],
    ["pids", "pids.max", pidsLimit && (pidsLimit < 0 ? "max" : pidsLimit), "--pids-limit"],
    ["blkio", "blkio.weight", blkioWeight, "--blkio-weight", "blkio.bfq.weight"],
    ...oomRows(resources),
    ...deviceRows(resources, (kind, rate) => [
      `blkio.throttle.${kind.replace("-", "_")}_device`,
      String(rate),
    ]),
  ];
  return settings(rows);
}

/** For control groups of version 2, where shares and weights have other scales. */
export function settingsV2(resources: Resources): Setting[] {
  const { memoryBytes, memoryReservationBytes, cpuShares, cpusetCpus, cpusetMems } = resources;
  const { pidsLimit, blkioWeight } = resources;
  const quota = quotaOf(resources);
  const swap = swapOf(resources);
  const swapOnly = swap === undefined ? undefined : swap < 0 ? "max" : Math.max(0, swap - (memoryBytes ?? 0));
  const rows: SettingRow[] = [
    ["memory", "memory.max", memoryBytes, "--memory"],
    ["memory", "memory.swap.max", swapOnly, "--memory-swap"],
    ["memory", "memory.low", memoryReservationBytes, "--memory-reservation"],
    ["cpu", "cpu.weight", cpuShares && cpuWeight(cpuShares), "--cpu-shares"],
    ["cpu", "cpu.max", quota && `${quota.quota < 0 ? "max" : quota.quota} ${quota.period}`, "--cpus"],
    ["cpuset", "cpuset.cpus", cpusetCpus, "--cpuset-cpus"],
    ["cpuset", "cpuset.mems", cpusetMems, "--cpuset-mems"],
    ["pids", "pids.max", pidsLimit && (pidsLimit < 0 ? "max" : pidsLimit), "--pids-limit"],
    ["io", "io.weight", blkioWeight && `default ${ioWeight(blkioWeight)}`, "--blkio-weight", "io.bfq.weight"],
    // Which version 2 has not: that is told.
    ...oomRows(resources),
    ...deviceRows(resources, (kind, rate) => ["io.max", `${ioNames[kind]}=${rate}`], "io"),
  ];
  return settings(rows);
}

function oomRows({ memorySwappiness, isOomKillDisabled }: Resources): SettingRow[] {
  const swappiness =
    memorySwappiness === undefined || memorySwappiness < 0 ? undefined : `${memorySwappiness}`;
  return [
    ["memory", "memory.swappiness", swappiness, "--memory-swappiness"],
    ["memory", "memory.oom_control", isOomKillDisabled ? "1" : undefined, "--oom-kill-disable"],
  ];
}

const ioNames = { "read-bps": "rbps", "write-bps": "wbps", "read-iops": "riops", "write-iops": "wiops" };

function deviceRows(
  { deviceLimits = [] }: Resources,
  row: (kind: DeviceLimit["kind"], rate: number) => [file: string, value: string],
  controller = "blkio",
): SettingRow[] {
  return deviceLimits.map(({ kind, path, rate }) => {
    const [file, value] = row(kind, rate);
    const [major, minor] = deviceNumbers(statSync(path, { throwIfNoEntry: false })?.rdev ?? 0);
    return [controller, file, `${major}:${minor} ${value}`, `--device-${kind}`];
  });
}

function settings(rows: readonly SettingRow[]): Setting[] {
  return rows.flatMap(([controller, file, value, flag, otherFile]) => {
    if (value === undefined || value === 0 || value === "") return [];
    return [{ controller, file, value: String(value), flag, ...(otherFile && { otherFile }) }];
  });
}

/** 2 to 262144 become 1 to 10000, as runc has it. */
function cpuWeight(shares: number): number {
  return Math.floor(1 + ((Math.min(Math.max(shares, 2), 262_144) - 2) * 9999) / 262_142);
}

/** 10 to 1000 become 1 to 10000. */
function ioWeight(weight: number): number {
  return Math.floor(1 + ((weight - 10) * 9999) / 990);
}
