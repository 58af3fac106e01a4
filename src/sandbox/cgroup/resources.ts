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
  ];
  return settings(rows);
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
