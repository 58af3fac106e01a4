import type { StageCaller } from "./caller.ts";
import {
  completeEnvironment,
  defaultPath,
  execute,
  executeByStarter,
  executeImage,
  findExecutable,
  openStarter,
  placeStatus,
  programImage,
  refuseOwnProgram,
} from "./execute.ts";
import { installFilter } from "./install-filter.ts";
import { type SystemCall, sys, sysEach } from "./kernel.ts";
import { raiseUlimits, setAppArmorProfile, setUlimits } from "./limits.ts";
import type { StagePlan } from "./plan.ts";
import { becomeUser, forbidNewPrivileges, leaveSessionKeyring } from "./privileges.ts";
import { closeOthersOnExec, isPipe, placeStdio, resetSignals, restoreOpenFiles } from "./process.ts";
import { controlTerminal, giveTo } from "./terminal.ts";
import type { ResolvedUser } from "./user.ts";

/** What a program begins with, once it is in its root. */
export interface Surroundings {
  readonly user: ResolvedUser;
  readonly cwd: number;
  readonly terminal: number | undefined;
  readonly joinCgroup: readonly SystemCall[];
}

/** Gives up what a step must not have, and becomes its program. Returns only by throwing. */
export function becomeProgram(
  plan: StagePlan,
  caller: StageCaller,
  { user, cwd, terminal, joinCgroup }: Surroundings,
): never {
  const { confinement } = plan;
  const onWarning = (message: string) => caller.report({ event: "warning", message });
  const env = completeEnvironment(plan.env, {
    PATH: defaultPath,
    HOME: user.home,
    TERM: terminal === undefined ? undefined : "xterm",
  });
  // A profile may allow the program and nothing else; an init is one already.
  const isAlone = confinement.appArmorProfile !== undefined || confinement.init !== undefined;
  const starter = isAlone ? undefined : openStarter();
  sys("setsid");
  const stdio = terminal === undefined ? caller.stdio : ([terminal, terminal, terminal] as const);
  for (const fd of stdio) if (fd === terminal || isPipe(fd)) giveTo(fd, user.uid, user.gid);
  if (terminal !== undefined) controlTerminal(terminal);
  placeStdio(stdio);
  sys("fchdir", cwd);
  closeOthersOnExec();
  resetSignals();
  if (plan.openFiles !== undefined) restoreOpenFiles(plan.openFiles);
  raiseUlimits(confinement);
  leaveSessionKeyring();
  setAppArmorProfile(confinement);
  if (plan.singleUid && user.uid !== 0) {
    onWarning(
      `only your own uid is available (see 'kasane info'): user ${user.uid} runs as root of the user namespace`,
    );
  }
  const init =
    confinement.init === undefined ? undefined : programImage(Buffer.from(confinement.init, "base64"));
  // A filter needs the power of root, or that no program gains any: then it comes last. With a single uid it is what makes changes of user succeed.
  const isFilteredLast = confinement.noNewPrivileges && !plan.singleUid;
  if (confinement.noNewPrivileges) forbidNewPrivileges();
  if (!isFilteredLast) confinement.filters.forEach(installFilter);
  sysEach(joinCgroup);
  becomeUser(plan.singleUid ? { ...user, uid: 0, gid: 0 } : user, confinement);
  if (isFilteredLast) confinement.filters.forEach(installFilter);
  const file = findExecutable(plan.argv[0] ?? "", env);
  refuseOwnProgram(file);
  caller.report({ event: "exec", file });
  if (starter !== undefined) placeStatus(caller.status);
  setUlimits(confinement);
  if (init !== undefined) executeImage(init, ["kasane-init", file, ...plan.argv], env);
  if (starter !== undefined) executeByStarter(starter, { file, argv: plan.argv, env });
  execute(file, plan.argv, env);
}
