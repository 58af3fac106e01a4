import { readdirSync, readlinkSync } from "node:fs";
import type { Container } from "./container.ts";
import { runningProgramPid } from "./exec.ts";

/** The processes in a container, as this machine numbers them. @throws KasaneError `conflict` where it does not run */
export function processesIn(container: Container): number[] {
  const namespace = namespaceOf(runningProgramPid(container));
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => namespace !== undefined && namespaceOf(pid) === namespace);
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}
