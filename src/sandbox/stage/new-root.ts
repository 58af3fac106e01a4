import type { InterfaceSetup } from "../sandbox.ts";
import { userInside } from "./accounts.ts";
import { becomeProgram } from "./become-program.ts";
import { openBindSources } from "./bind-source.ts";
import type { StageCaller } from "./caller.ts";
import { enterRoot } from "./enter-root.ts";
import { mountDevices, mountKernelFilesystems, mountNetworkFiles, mountVolumes } from "./furnish.ts";
import { giveTree } from "./give-tree.ts";
import { prepareNetwork, setInterface } from "./interface.ts";
import { attempt, type SystemCall, sys } from "./kernel.ts";
import { makeCgroupRoot, prepareCgroup, setOomScore } from "./limits.ts";
import { type Furnishing, restrict, withInside } from "./mount.ts";
import type { StagePlan } from "./plan.ts";
import { type MountedRoot, mountRoot } from "./root.ts";
import { openTerminal, showConsole } from "./terminal.ts";
import type { ResolvedUser } from "./user.ts";
import { openWorkingDirectory } from "./working-directory.ts";

export interface OpenedRoot extends MountedRoot {
  readonly furnishing: Furnishing;
  readonly joinCgroup: readonly SystemCall[];
  /** The step's own mounts. */
  mountVolumes(): void;
}

/** Mounts the root of a step, with nothing in it yet. */
export function openRoot(plan: StagePlan, { report }: StageCaller): OpenedRoot {
  if (plan.network === "none" && plan.networkOf === undefined) prepareNetwork();
  const sources = openBindSources(plan);
  const joinCgroup = prepareCgroup(plan.confinement);
  const mounted = mountRoot(plan);
  const furnishing: Furnishing = {
    root: mounted.fd,
    onMade: (path, kind) => report({ event: "made", path, directory: kind === "directory" }),
    onWarning: (message) => report({ event: "warning", message }),
  };
  return {
    ...{ ...mounted, furnishing, joinCgroup },
    mountVolumes: () => mountVolumes(furnishing, mounted.staging, plan, sources),
  };
}

/** Furnishes the root and enters it. What it returns waits for a connected network, and becomes the program. */
export function furnishRoot(
  plan: StagePlan,
  caller: StageCaller,
): (network: readonly InterfaceSetup[]) => never {
  const { confinement } = plan;
  const { furnishing, staging, joinCgroup, mountVolumes } = openRoot(plan, caller);
  const { root } = furnishing;
  setOomScore(confinement);
  if (confinement.namespaces.cgroup === "private") makeCgroupRoot(confinement, joinCgroup);
  mountKernelFilesystems(furnishing, plan);
  mountDevices(furnishing, staging, plan);
  mountVolumes();
  mountNetworkFiles(furnishing, staging, plan);
  const terminal = plan.terminal && openTerminal(furnishing, { size: plan.terminal, to: caller.terminal });
  if (terminal !== undefined) showConsole(furnishing, terminal);
  const cwd = openWorkingDirectory(plan, furnishing);
  if (plan.readOnlyRoot) restrict(root, { readOnly: true }, { recursive: false });
  const user = userInside(root, plan);
  giveVolumes(root, plan, user);
  enterRoot(root);
  if (confinement.namespaces.uts === "private") setHostname(plan.hostname, caller);
  return (network) => {
    for (const setup of network) attempt(() => setInterface(setup), "EPERM");
    return becomeProgram(plan, caller, { user, cwd, terminal: terminal?.fd, joinCgroup });
  };
}

/** In their places: what is outside can be changed no more. With a single uid everything belongs to it. */
function giveVolumes(root: number, { mounts, singleUid }: StagePlan, { uid, gid }: ResolvedUser): void {
  const given = mounts.filter((mount) => mount.kind === "bind" && mount.giveToUser && !mount.readOnly);
  if (singleUid) return;
  for (const { target } of given) withInside(root, target, {}, (fd) => giveTree(fd, uid, gid));
}

/** The seccomp profile of a container around us may forbid it, also to the owner of the namespace. */
function setHostname(name: string, { report }: StageCaller): void {
  if (attempt(() => sys("sethostname", name, Buffer.byteLength(name)), "EPERM")) return;
  report({ event: "warning", message: "the host name cannot be set here: steps see that of this machine" });
}
