import { type CgroupEntry, entryOf, makeCgroup, removeCgroup } from "../sandbox/mod.ts";
import type { RunSurroundings } from "./run-surroundings.ts";

/** The control groups of one step, where it has limits; where none can be made, that is warned of. */
export async function inCgroup<T>(
  { isolation = {} }: RunSurroundings,
  onWarning: (message: string) => void,
  run: (cgroup: CgroupEntry | undefined) => Promise<T>,
): Promise<T> {
  const { resources, cgroupParent: parent } = isolation;
  if (resources === undefined && parent === undefined) return run(undefined);
  const cgroup = makeCgroup(`build-${crypto.randomUUID()}`, { resources, parent, onWarning });
  try {
    return await run(cgroup && entryOf(cgroup));
  } finally {
    if (cgroup !== undefined) await removeCgroup(cgroup);
  }
}
