import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { type CgroupUsage, cgroupUsage } from "../../sandbox/mod.ts";
import type { Container } from "../container.ts";
import { processesIn } from "../processes.ts";
import { cgroupOf } from "./container-cgroup.ts";

/** What a container takes at one moment. */
export interface ContainerUsage extends CgroupUsage {
  readonly atMs: number;
  readonly networkReceivedBytes: number;
  readonly networkSentBytes: number;
}

const nothing = { networkReceivedBytes: 0, networkSentBytes: 0 };

/** By its control groups; where it has none, the sum over its processes. Of a container that does not run, nothing. */
export function containerUsage(container: Container): ContainerUsage {
  const { state, settings } = container;
  const atMs = performance.now();
  if (state.kind !== "running" || state.programPid === undefined) return { atMs, ...nothing };
  const cgroup = cgroupOf(container);
  const network = settings.network === "host" ? nothing : networkUsage(state.programPid);
  const counted = cgroup === undefined ? {} : cgroupUsage(cgroup);
  if (counted.memoryBytes !== undefined && counted.cpuNs !== undefined)
    return { atMs, ...counted, ...network };
  return { atMs, ...processUsage(container), ...counted, ...network };
}

export const machineMemoryBytes = totalmem;

/** Of one processor, in percent: two processors that are busy are 200. */
export function processorPercent(before: ContainerUsage, after: ContainerUsage): number {
  const elapsedNs = (after.atMs - before.atMs) * 1e6;
  if (before.cpuNs === undefined || after.cpuNs === undefined || elapsedNs <= 0) return 0;
  return Math.min((Math.max(0, after.cpuNs - before.cpuNs) / elapsedNs) * 100, availableParallelism() * 100);
}

const nsPerTick = 1e7;
const pageBytes = 4096;

function processUsage(container: Container): CgroupUsage {
  let [cpuNs, memoryBytes, pids] = [0, 0, 0];
  for (const pid of pidsOf(container)) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      cpuNs += (Number(fields[11]) + Number(fields[12])) * nsPerTick;
      memoryBytes += Number(fields[21]) * pageBytes;
      pids += readdirSync(`/proc/${pid}/task`).length;
    } catch {
      // It has ended meanwhile.
    }
  }
  return { cpuNs, memoryBytes, pids };
}

function pidsOf(container: Container): number[] {
  try {
    return processesIn(container);
  } catch {
    return [];
  }
}

/** All devices but the loopback one, as the program's network namespace counts them. */
function networkUsage(pid: number): typeof nothing {
  const usage = { ...nothing };
  try {
    for (const line of readFileSync(`/proc/${pid}/net/dev`, "utf8").split("\n").slice(2)) {
      const [name = "", counters = ""] = line.trim().split(/:\s*/);
      if (name === "" || name === "lo") continue;
      const fields = counters.split(/\s+/).map(Number);
      usage.networkReceivedBytes += fields[0] ?? 0;
      usage.networkSentBytes += fields[8] ?? 0;
    }
  } catch {
    // It has ended meanwhile.
  }
  return usage;
}
