import {
  type Cgroup,
  entryOf,
  findCgroup,
  type Isolation,
  makeCgroup,
  outOfMemoryKills,
  removeCgroup,
  type SandboxStep,
} from "../../sandbox/mod.ts";
import type { Container } from "../container.ts";

/** The control groups of one run of a container. */
export interface RunningCgroup {
  readonly step: Pick<SandboxStep, "cgroup">;
  /** To be asked before the groups are gone. */
  isOutOfMemory(): boolean;
  remove(): Promise<void>;
}

/** Makes a container's control groups, with its limits; where none can be made, limits are warned of. */
export async function startCgroup(
  { id, isolation = {} }: { readonly id: string; readonly isolation?: Isolation | undefined },
  onWarning: (message: string) => void,
): Promise<RunningCgroup> {
  const parent = isolation.cgroupParent;
  // What a killed run has left would count against this one.
  const former = findCgroup(id, { parent });
  if (former) await removeCgroup(former);
  const cgroup = makeCgroup(id, {
    ...{ resources: isolation.resources, parent, onWarning },
    deviceRules: isolation.deviceRules,
    devices: isolation.isPrivileged ? undefined : (isolation.devices ?? []),
  });
  return {
    step: cgroup === undefined ? {} : { cgroup: entryOf(cgroup) },
    isOutOfMemory: () => cgroup !== undefined && outOfMemoryKills(cgroup) > 0,
    async remove() {
      if (cgroup !== undefined) await removeCgroup(cgroup);
    },
  };
}

export function cgroupOf({ id, settings: { isolation } }: Container): Cgroup | undefined {
  return findCgroup(id, { parent: isolation?.cgroupParent });
}
