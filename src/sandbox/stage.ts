import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { messageOf } from "../lib/mod.ts";
import type { InterfaceSetup } from "./sandbox.ts";
import { openBindSources } from "./stage/bind-source.ts";
import { runByRuntime } from "./stage/by-runtime.ts";
import { receiveDescriptors } from "./stage/descriptors.ts";
import { enterRoot } from "./stage/enter-root.ts";
import {
  completeEnvironment,
  defaultPath,
  execute,
  executeImage,
  findExecutable,
  programImage,
} from "./stage/execute.ts";
import { mountDevices, mountKernelFilesystems, mountNetworkFiles, mountVolumes } from "./stage/furnish.ts";
import { giveTree } from "./stage/give-tree.ts";
import { openInside, pathOf } from "./stage/inside.ts";
import { installFilter } from "./stage/install-filter.ts";
import { prepareNetwork, setInterface } from "./stage/interface.ts";
import { joinRoot } from "./stage/join.ts";
import { attempt, O_CLOEXEC, sys } from "./stage/kernel.ts";
import {
  makeCgroupRoot,
  prepareCgroup,
  raiseUlimits,
  setAppArmorProfile,
  setOomScore,
  setUlimits,
} from "./stage/limits.ts";
import { type Furnishing, restrict, withInside } from "./stage/mount.ts";
import {
  NETWORK_FD,
  PLAN_FD,
  STATUS_FD,
  STDIO_FD,
  type StageEvent,
  StageFailure,
  type StagePlan,
} from "./stage/plan.ts";
import { becomeUser, forbidNewPrivileges, leaveSessionKeyring } from "./stage/privileges.ts";
import {
  closeOthersOnExec,
  isPipe,
  placeStdio,
  preparedStdio,
  resetSignals,
  restoreOpenFiles,
} from "./stage/process.ts";
import { mountRoot, OverlayRefused } from "./stage/root.ts";
import { controlTerminal, giveTo, openTerminal, showConsole } from "./stage/terminal.ts";
import { type ResolvedUser, resolveUser, withGroups } from "./stage/user.ts";

/**
 * The stage: process 1 of a step's namespaces. It furnishes the root, gives up what the step must not have, and
 * becomes the step's program. Started by create-sandbox.ts through unshare(1).
 */
export function runStage(): never {
  try {
    // Asked of the caller's proc, which is still the one that is mounted.
    report({ event: "started", pid: Number(readlinkSync("/proc/self")) });
    sys("umask", 0o022);
    // Nobody needs it after all.
    if (!takeDescriptors()) process.exit(0);
    runPlan(JSON.parse(readFileSync(PLAN_FD, "utf8")) as StagePlan);
  } catch (error) {
    process.exit(exitCodeFor(error));
  }
}

/** Waits for what the caller hands over, each with its place, when the plan is there; false where it ends instead. */
function takeDescriptors(): boolean {
  const handed = receiveDescriptors(0);
  for (const { fd, tag: place } of handed) {
    sys("dup3", fd, place, O_CLOEXEC);
    closeSync(fd);
  }
  return handed.length > 0;
}

function report(event: StageEvent): void {
  writeSync(STATUS_FD, `${JSON.stringify(event)}\n`);
}

/** Whoever called this entry by hand has given it no place for reports. */
function exitCodeFor(error: unknown): number {
  try {
    return reportFailure(error);
  } catch {
    console.error("kasane: this entry is for kasane's own use");
    return 125;
  }
}

function reportFailure(error: unknown): number {
  if (error instanceof OverlayRefused) {
    report({ event: "overlay-refused", errno: error.errno });
    return 125;
  }
  if (error instanceof StageFailure) {
    const { exitCode, message, hint } = error;
    report({ event: "failed", exitCode, message, ...(hint === undefined ? {} : { hint }) });
    return exitCode;
  }
  report({ event: "failed", exitCode: 125, message: messageOf(error) });
  return 125;
}

function runPlan(plan: StagePlan): never {
  return plan.join === undefined ? runInNewRoot(plan) : runInRootOf(plan.join, plan);
}

const onWarning = (message: string) => report({ event: "warning", message });

function runInNewRoot(plan: StagePlan): never {
  const { confinement } = plan;
  if (plan.network === "none" && plan.networkOf === undefined) prepareNetwork();
  const sources = openBindSources(plan);
  const joinCgroup = prepareCgroup(confinement);
  const { fd: root, staging } = mountRoot(plan);
  const furnishing: Furnishing = {
    root,
    onMade: (path, kind) => report({ event: "made", path, directory: kind === "directory" }),
    onWarning,
  };
  if (plan.hold) {
    mountVolumes(furnishing, staging, plan, sources);
    return holdUntilTold(root);
  }
  if (confinement.runtime) return startRuntime(plan, furnishing, staging);
  setOomScore(confinement);
  if (confinement.namespaces.cgroup === "private") makeCgroupRoot(confinement, joinCgroup);
  mountKernelFilesystems(furnishing, plan);
  mountDevices(furnishing, plan);
  mountVolumes(furnishing, staging, plan, sources);
  mountNetworkFiles(furnishing, staging, plan);
  const terminal = plan.terminal === undefined ? undefined : openTerminal(furnishing, plan.terminal);
  if (terminal !== undefined) showConsole(furnishing, terminal);
  const cwd = openWorkingDirectory(plan, furnishing);
  if (plan.readOnlyRoot) restrict(root, { readOnly: true }, { recursive: false });
  enterRoot(root);

  if (confinement.namespaces.uts === "private") setHostname(plan.hostname);
  if (plan.isConnected) for (const setup of connectedNetwork()) attempt(() => setInterface(setup), "EPERM");
  return becomeProgram(plan, { cwd, terminal: terminal?.fd, joinCgroup });
}

function startRuntime(plan: StagePlan, furnishing: Furnishing, staging: string): never {
  if (plan.isConnected) for (const setup of connectedNetwork()) setInterface(setup);
  const read = (path: string) => {
    const fd = openInside(furnishing.root, path);
    if (fd === undefined) return "";
    try {
      return readAccounts(pathOf(fd));
    } finally {
      closeSync(fd);
    }
  };
  const group = read("/etc/group");
  const own = resolveUser(plan.user, read("/etc/passwd"), group);
  const groups = withGroups(own.groups, plan.confinement.groupAdd, group);
  return runByRuntime(plan, {
    ...{ furnishing, staging, user: { ...own, groups } },
    onHandedOver: () => report({ event: "exec" }),
  });
}

/** The root, and the namespaces that have been joined on the way here, are furnished. */
function runInRootOf(pid: number, plan: StagePlan): never {
  const joinCgroup = prepareCgroup(plan.confinement);
  setOomScore(plan.confinement);
  joinRoot(pid);
  const root = openSync("/", constants.O_RDONLY | constants.O_DIRECTORY);
  const inside = { root, onMade: () => {}, onWarning };
  const terminal = plan.terminal === undefined ? undefined : openTerminal(inside, plan.terminal);
  const cwd = openWorkingDirectory(plan, inside);
  return becomeProgram(plan, { cwd, terminal: terminal?.fd, joinCgroup });
}

function openWorkingDirectory(plan: StagePlan, { root, onMade }: Furnishing): number {
  // A container gets a working directory that is missing; who enters one has to name what is there.
  const isEntered = plan.join !== undefined;
  const cwd = openInside(root, plan.cwd, isEntered ? {} : { make: "directory", onMade });
  if (cwd === undefined) {
    throw new StageFailure(`working directory ${plan.cwd} does not exist`, {
      hint: "name another with -w",
      exitCode: 126,
    });
  }
  if (fstatSync(cwd).isDirectory()) return cwd;
  throw new StageFailure(`working directory ${plan.cwd} is not a directory`, {
    hint: "name another with WORKDIR or -w",
  });
}

function becomeProgram(
  plan: StagePlan,
  { cwd, terminal, joinCgroup }: { cwd: number; terminal: number | undefined; joinCgroup: () => void },
): never {
  const { confinement } = plan;
  const group = readAccounts("/etc/group");
  const own = resolveUser(plan.user, readAccounts("/etc/passwd"), group);
  const user = { ...own, groups: withGroups(own.groups, confinement.groupAdd, group) };
  giveVolumes(plan, user);
  const env = completeEnvironment(plan.env, {
    PATH: defaultPath,
    HOME: user.home,
    TERM: terminal === undefined ? undefined : "xterm",
  });
  sys("setsid");
  const stdio = terminal === undefined ? preparedStdio : ([terminal, terminal, terminal] as const);
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
  const init = confinement.init === undefined ? undefined : programImage(confinement.init);
  // A filter needs the power of root, or that no program gains any: then it comes last. With a single uid it is what makes changes of user succeed.
  const isFilteredLast = confinement.noNewPrivileges && !plan.singleUid;
  if (confinement.noNewPrivileges) forbidNewPrivileges();
  if (!isFilteredLast) confinement.filters.forEach(installFilter);
  joinCgroup();
  becomeUser(plan.singleUid ? { ...user, uid: 0, gid: 0 } : user, confinement);
  if (isFilteredLast) confinement.filters.forEach(installFilter);
  const file = findExecutable(plan.argv[0] ?? "", env);
  refuseOwnProgram(file);
  report({ event: "exec" });
  const atLast = () => setUlimits(confinement);
  if (init !== undefined) executeImage(init, ["kasane-init", file, ...plan.argv], env, atLast);
  execute(file, plan.argv, env, atLast);
}

/** In their places: what is outside can be changed no more. With a single uid everything belongs to it. */
function giveVolumes({ mounts, singleUid, join }: StagePlan, { uid, gid }: ResolvedUser): void {
  const given = mounts.filter((mount) => mount.kind === "bind" && mount.giveToUser && !mount.readOnly);
  if (given.length === 0 || singleUid || join !== undefined) return;
  const root = openSync("/", constants.O_RDONLY | constants.O_DIRECTORY);
  for (const { target } of given) withInside(root, target, {}, (fd) => giveTree(fd, uid, gid));
  closeSync(root);
}

/** Says that the root is there, and keeps it until whoever asked for it closes its end, or is gone. */
function holdUntilTold(root: number): never {
  enterRoot(root);
  report({ event: "exec" });
  writeSync(STDIO_FD + 1, "\n");
  readSync(STDIO_FD, new Uint8Array(1));
  process.exit(0);
}

/** Waits until the network is connected. Whoever does that is gone where there is nothing to read. */
function connectedNetwork(): readonly InterfaceSetup[] {
  const text = readFileSync(NETWORK_FD, "utf8");
  if (text === "") process.exit(125);
  return JSON.parse(text) as readonly InterfaceSetup[];
}

/** The seccomp profile of a container around us may forbid it, also to the owner of the namespace. */
function setHostname(name: string): void {
  if (attempt(() => sys("sethostname", name, Buffer.byteLength(name)), "EPERM")) return;
  report({ event: "warning", message: "the host name cannot be set here: steps see that of this machine" });
}

/** `/proc/self/exe` is the host's runtime at this moment, and would run with libraries of the root. */
function refuseOwnProgram(file: string): void {
  try {
    const [own, wanted] = [statSync("/proc/self/exe"), statSync(file)];
    if (own.dev !== wanted.dev || own.ino !== wanted.ino) return;
  } catch {
    return;
  }
  throw new StageFailure(`exec: ${JSON.stringify(file)}: permission denied`, {
    exitCode: 126,
    hint: "make it executable in the image (chmod +x), or call it through its interpreter",
  });
}

const accountsLimit = 4 << 20;

/** A file of the root, which is not trusted to be one: a fifo would hold us up, a device never end. */
function readAccounts(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(fd);
    if (!fstatSync(fd).isFile()) return "";
    if (size > accountsLimit)
      throw new StageFailure(`${path} is larger than the limit of ${accountsLimit} bytes`);
    const bytes = Buffer.alloc(size);
    return bytes.toString("utf8", 0, readSync(fd, bytes, 0, size, 0));
  } finally {
    closeSync(fd);
  }
}

if (import.meta.main) runStage();
