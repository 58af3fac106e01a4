import { closeSync, constants, openSync, readFileSync, readlinkSync, readSync, writeSync } from "node:fs";
import type { InterfaceSetup } from "./sandbox.ts";
import { userHere, userInside } from "./stage/accounts.ts";
import { becomeProgram } from "./stage/become-program.ts";
import { runByRuntime } from "./stage/by-runtime.ts";
import { failureOf, type StageCaller } from "./stage/caller.ts";
import { receiveDescriptors } from "./stage/descriptors.ts";
import { enterRoot } from "./stage/enter-root.ts";
import { openStarter } from "./stage/execute.ts";
import { setInterface } from "./stage/interface.ts";
import { joinRoot } from "./stage/join.ts";
import { O_CLOEXEC, sys } from "./stage/kernel.ts";
import { prepareCgroup, setOomScore } from "./stage/limits.ts";
import { furnishRoot, openRoot } from "./stage/new-root.ts";
import {
  NETWORK_FD,
  PLAN_FD,
  STATUS_FD,
  STDIO_FD,
  type StageEvent,
  type StagePlan,
  TERMINAL_FD,
} from "./stage/plan.ts";
import { openTerminal } from "./stage/terminal.ts";
import { openWorkingDirectory } from "./stage/working-directory.ts";

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
    const { event, exitCode } = failureOf(error);
    report(event);
    return exitCode;
  } catch {
    console.error("kasane: this entry is for kasane's own use");
    return 125;
  }
}

const caller: StageCaller = {
  report,
  status: STATUS_FD,
  stdio: [STDIO_FD, STDIO_FD + 1, STDIO_FD + 2],
  terminal: TERMINAL_FD,
};

function runPlan(plan: StagePlan): never {
  if (plan.join !== undefined) return runInRootOf(plan.join, plan);
  if (plan.hold) return holdUntilTold(plan);
  if (plan.confinement.runtime) return startRuntime(plan);
  return furnishRoot(plan, caller)(plan.isConnected ? connectedNetwork() : []);
}

function startRuntime(plan: StagePlan): never {
  const { furnishing, place } = openRoot(plan, caller);
  if (plan.isConnected) for (const setup of connectedNetwork()) setInterface(setup);
  return runByRuntime(plan, caller, {
    ...{ furnishing, staging: place, user: userInside(furnishing.root, plan) },
    onHandedOver: () => report({ event: "exec" }),
  });
}

/** The root, and the namespaces that have been joined on the way here, are furnished. */
function runInRootOf(pid: number, plan: StagePlan): never {
  const joinCgroup = prepareCgroup(plan.confinement);
  setOomScore(plan.confinement);
  // Read from this machine's files, of which there are none afterwards.
  openStarter();
  joinRoot(pid);
  const root = openSync("/", constants.O_RDONLY | constants.O_DIRECTORY);
  const inside = {
    root,
    onMade: () => {},
    onWarning: (message: string) => report({ event: "warning", message }),
  };
  const terminal = plan.terminal && openTerminal(inside, { size: plan.terminal, to: TERMINAL_FD });
  const cwd = openWorkingDirectory(plan, inside);
  return becomeProgram(plan, caller, { user: userHere(plan), cwd, terminal: terminal?.fd, joinCgroup });
}

/** Says that the root is there, and keeps it until whoever asked for it closes its end, or is gone. */
function holdUntilTold(plan: StagePlan): never {
  const { furnishing, mountVolumes } = openRoot(plan, caller);
  mountVolumes();
  enterRoot(furnishing.root);
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

if (import.meta.main) runStage();
