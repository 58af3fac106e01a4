import { readdirSync, readFileSync } from "node:fs";
import { version } from "../../../package.json" with { type: "json" };
import type { Collector } from "./metric-set.ts";

/** The usual numbers of a process, under the names that every client library of Prometheus gives them. */
export function processCollector(): Collector {
  const startedS = Math.floor((Date.now() - process.uptime() * 1000) / 1000);
  const build = { version, runtime: `bun ${Bun.version}` };
  return () => {
    const { user, system } = process.cpuUsage();
    const gauge = (name: string, help: string, value: number | undefined) => ({
      name,
      kind: "gauge" as const,
      help,
      values: value === undefined ? [] : [{ value }],
    });
    return [
      {
        name: "process_cpu_seconds_total",
        kind: "counter",
        help: "Processor time used, of user and system.",
        values: [{ value: (user + system) / 1e6 }],
      },
      gauge("process_resident_memory_bytes", "Resident memory.", process.memoryUsage.rss()),
      gauge("process_start_time_seconds", "When the process started, since the epoch.", startedS),
      gauge("process_open_fds", "Open file descriptors.", openFiles()),
      gauge("process_max_fds", "Most file descriptors that may be open.", fileLimit()),
      {
        name: "kasane_build_info",
        kind: "gauge",
        help: "What is running; always 1.",
        values: [{ labels: build, value: 1 }],
      },
    ];
  };
}

/** Without the one that reads the list. undefined on systems without /proc. */
function openFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return undefined;
  }
}

function fileLimit(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}
