import { readdirSync, readFileSync } from "node:fs";
import type { Caller } from "./caller.ts";

/** The process that keeps a container that runs in the background. */
export async function supervisorOf(caller: Caller, name: string): Promise<number> {
  let pid = Number(await caller.ok("container", "inspect", "--format", "{{.State.Pid}}", name));
  while (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("__supervise")) pid = parentOf(pid)!;
  return pid;
}

/** All that a process has started, and they again. */
export function descendants(pid: number): number[] {
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => parentOf(child) === pid);
  return [...children, ...children.flatMap(descendants)];
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
