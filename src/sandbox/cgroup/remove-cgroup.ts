import { readdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../lib/mod.ts";
import type { Cgroup } from "./cgroup.ts";
import { readText } from "./cgroup-files.ts";
import { freezeCgroup } from "./freeze-cgroup.ts";

function processesInCgroup({ directories }: Cgroup): number[] {
  const pids = new Set<number>();
  for (const { path } of directories)
    for (const pid of (readText(join(path, "cgroup.procs")) ?? "").split("\n").filter(Boolean))
      pids.add(Number(pid));
  return [...pids].filter((pid) => pid > 0);
}

/** Between its making and its first process a group stands empty for less than this. */
const emptyPatienceMs = 60_000;

export function isAbandoned(group: Cgroup): boolean {
  const madeMs = statSync(group.directories[0]!.path, { throwIfNoEntry: false })?.ctimeMs;
  return (
    madeMs !== undefined && Date.now() - madeMs > emptyPatienceMs && processesInCgroup(group).length === 0
  );
}

const removePatienceMs = 2000;

/** Ends whatever is left in the groups, and takes them away. */
export async function removeCgroup(group: Cgroup): Promise<void> {
  for (const end = performance.now() + removePatienceMs; ; await Bun.sleep(2)) {
    const left = processesInCgroup(group);
    for (const pid of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has just ended.
      }
    }
    // What is frozen does not die.
    if (left.length > 0) freezeCgroup(group, false);
    if (group.directories.every(({ path }) => removeDirectory(path)) || performance.now() > end) return;
  }
}

function removeDirectory(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return true;
    // A program with a tree of its own has made groups below.
    for (const entry of childDirectories(path)) removeDirectory(join(path, entry));
    return false;
  }
}

function childDirectories(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
