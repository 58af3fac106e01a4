import { join } from "node:path";
import type { Cgroup } from "./cgroup.ts";
import { readText } from "./cgroup-files.ts";

/** What a container's processes have taken, and take. Absent: nobody counts it here. */
export interface CgroupUsage {
  /** Processor time, ns. */
  readonly cpuNs?: number;
  /** Without file pages that can be dropped at once. */
  readonly memoryBytes?: number;
  /** undefined: none but that of the machine. */
  readonly memoryLimitBytes?: number;
  readonly pids?: number;
  readonly blockReadBytes?: number;
  readonly blockWriteBytes?: number;
}

/** The kernel's word for "no limit" is a number near 2^63. */
const noLimitFrom = 2 ** 62;

export function cgroupUsage(group: Cgroup): CgroupUsage {
  const usage: Record<string, number | undefined> = {};
  for (const { version, path, controllers } of group.directories) {
    const number = (file: string) => numberOf(readText(join(path, file)));
    const field = (file: string, name: string) => fieldOf(readText(join(path, file)), name);
    const has = (name: string) => controllers.includes(name);
    if (version === 2) {
      const microseconds = field("cpu.stat", "usage_usec");
      usage.cpuNs = microseconds === undefined ? undefined : microseconds * 1000;
    } else if (has("cpuacct")) usage.cpuNs = number("cpuacct.usage");
    if (has("memory")) {
      const [current, limit, droppable] =
        version === 2
          ? ["memory.current", "memory.max", "inactive_file"]
          : ["memory.usage_in_bytes", "memory.limit_in_bytes", "total_inactive_file"];
      const used = number(current);
      const inactive = field("memory.stat", droppable) ?? 0;
      usage.memoryBytes = used === undefined ? undefined : inactive < used ? used - inactive : used;
      const bound = number(limit);
      usage.memoryLimitBytes = bound !== undefined && bound < noLimitFrom ? bound : undefined;
    }
    if (has("pids")) usage.pids = number("pids.current");
    if (has("io") || has("blkio")) {
      const [read, written] = version === 2 ? ioTotals(path) : blkioTotals(path);
      usage.blockReadBytes = read;
      usage.blockWriteBytes = written;
    }
  }
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== undefined));
}

/** How often the kernel has ended one of its processes for want of memory. */
export function outOfMemoryKills({ directories }: Cgroup): number {
  for (const { version, path, controllers } of directories) {
    if (!controllers.includes("memory")) continue;
    const file = version === 2 ? "memory.events" : "memory.oom_control";
    return fieldOf(readText(join(path, file)), "oom_kill") ?? 0;
  }
  return 0;
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

function fieldOf(text: string | undefined, name: string): number | undefined {
  const value = new RegExp(`^${name} (\\d+)$`, "m").exec(text ?? "")?.[1];
  return value === undefined ? undefined : Number(value);
}

function ioTotals(path: string): [read: number, written: number] {
  const text = readText(join(path, "io.stat")) ?? "";
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`\\b${name}=(\\d+)`, "g"))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  return [sum("rbytes"), sum("wbytes")];
}

function blkioTotals(path: string): [read: number, written: number] {
  const text =
    readText(join(path, "blkio.throttle.io_service_bytes_recursive")) ??
    readText(join(path, "blkio.throttle.io_service_bytes")) ??
    "";
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^\\d+:\\d+ ${name} (\\d+)$`, "gm"))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  return [sum("Read"), sum("Write")];
}
