import { freezeCgroup } from "../../sandbox/mod.ts";
import type { Container } from "../container.ts";
import { descendantsOf } from "../pause.ts";
import { cgroupOf } from "./container-cgroup.ts";

/**
 * Stops every process of a container until resume(): by its control group, else by signals to `pid`, its program, and all below it; processes that
 * appear meanwhile are found by looking again.
 */
export function pauseProcesses(container: Container, pid: number): void {
  const cgroup = cgroupOf(container);
  if (cgroup !== undefined && freezeCgroup(cgroup, true)) return;
  const stopped = new Set<number>();
  for (;;) {
    const fresh = processesBelow(pid).filter((one) => !stopped.has(one));
    if (fresh.length === 0) return;
    for (const one of fresh) {
      stopped.add(one);
      send(one, "SIGSTOP");
    }
  }
}

export function resumeProcesses(container: Container, pid: number): void {
  const cgroup = cgroupOf(container);
  if (cgroup !== undefined && freezeCgroup(cgroup, false)) return;
  for (const one of processesBelow(pid).toReversed()) send(one, "SIGCONT");
}

function processesBelow(pid: number): number[] {
  return [pid, ...descendantsOf(pid)];
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
