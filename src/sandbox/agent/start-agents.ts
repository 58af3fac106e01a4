import { closeSync } from "node:fs";
import { cString } from "../../lib/libc/mod.ts";
import type { StageNamespaces } from "../launch.ts";
import { drain, openPipe } from "../pipe.ts";
import { programImage } from "../stage/execute.ts";
import {
  AT_EMPTY_PATH,
  addressOf,
  callHere,
  cloneHere,
  numberOf,
  performedBy,
  type SyscallName,
  type SystemCall,
  sysAll,
  sysHere,
} from "../stage/kernel.ts";
import { hearOfChildren } from "../stage/process.ts";
import { Agent, AgentGone } from "./agent.ts";
import { x86Keeper } from "./keeper-program.ts";
import { agentCode, giveMemory, takeMemory } from "./memory.ts";

const CLONE_VM = 0x100;
const CLONE_FILES = 0x400;
const CLONE_VFORK = 0x4000;
const CLONE_NEWNS = 0x20000;
const CLONE_CHILD_CLEARTID = 0x200000;
const CLONE_NEWUTS = 0x4000000;
const CLONE_NEWIPC = 0x8000000;
const CLONE_NEWPID = 0x20000000;
const CLONE_NEWNET = 0x40000000;
const SIGKILL = 9;
const SIGCHLD = 17;
const SIG_SETMASK = 2;
const F_DUPFD_CLOEXEC = 1030;
const PR_SET_PDEATHSIG = 1;
const CLOSE_RANGE_UNSHARE = 2;
const CLOSE_RANGE_CLOEXEC = 4;
const F_SETFD = 2;
const WNOHANG = 1;
const lastDescriptor = 0x7fffffff;
const patientLooks = 50;
/** For how long the keeper waits for its first request: longer than any machine is busy, and not for ever where nobody is left. */
const patienceS = 60n;

const root = cString("/");
/** argv and environment. */
const keeperName = cString("kasane-keeper");
const nothing = cString("");
let keeperArgv: BigUint64Array | undefined;
let keeperImage: number | undefined;

function keeperProgram(): number {
  keeperImage ??= programImage(x86Keeper(), "kasane-keeper");
  return keeperImage;
}

/** Path, argv and environment, for execveat(). */
function keeperArguments(): number[] {
  keeperArgv ??= BigUint64Array.of(addressOf(keeperName), 0n);
  return [addressOf(nothing), addressOf(keeperArgv), addressOf(keeperArgv) + 8n].map(Number);
}

/**
 * Two processes that become a step:
 *
 *     keeper      process 1 of a pid namespace around everything; dies with this process; becomes x86Keeper()
 *       agent     process 1 of the step's own namespaces; becomes the program
 *
 * The keeper is there because a program that changes its user (gosu, su, sudo) disarms its own death signal. Until the agent has become the program the
 * keeper stands still (CLONE_VFORK); so no want of memory in the step's control group ends those who share memory with the agent.
 */
export interface Agents {
  readonly agent: Agent;
  /** What the agent answers to its first request; undefined where it is not there. Waits for its namespaces. */
  first(calls: readonly SystemCall[]): number[] | undefined;
  /** To be called when the agent has become a program. */
  letGo(): void;
  kill(): void;
  /** Waits until the keeper, and so everything below it, is gone: with the code of the program, where it has ended by itself. */
  ended(): Promise<number>;
}

/** Undefined where they cannot be: on another processor, or where the kernel refuses. */
export function startAgents(namespaces: StageNamespaces): Agents | undefined {
  const code = agentCode();
  if (code === undefined) return undefined;
  try {
    return start(code, namespaces);
  } catch {
    // Programs will tell what is missing.
    return undefined;
  }
}

function start(code: number, { network, confinement }: StageNamespaces): Agents | undefined {
  hearOfChildren();
  const program = keeperProgram();
  const { ipc, uts } = confinement.namespaces;
  const flags =
    CLONE_NEWNS |
    CLONE_NEWPID |
    (ipc === "private" ? CLONE_NEWIPC : 0) |
    (uts === "private" ? CLONE_NEWUTS : 0) |
    (network === "none" ? CLONE_NEWNET : 0);
  const memories = [takeMemory(), takeMemory()] as const;
  const keeper = new Agent(memories[0], { patienceS });
  const agent = new Agent(memories[1]);
  const pid = cloneDeaf(code, keeper, CLONE_NEWPID | CLONE_FILES);
  if (pid < 0) {
    memories.forEach(giveMemory);
    return undefined;
  }
  keeper.perform([call("prctl", PR_SET_PDEATHSIG, SIGKILL)]);
  keeper.bePatient();
  const { readEnd, writeEnd } = openPipe();
  // It is to keep one, and none of the usual places.
  const kept = sysHere("fcntl", writeEnd, F_DUPFD_CLOEXEC, 3);
  closeSync(writeEnd);
  const clone = call(
    "clone",
    flags | CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_CHILD_CLEARTID | SIGCHLD,
    memories[1].stack,
    0,
    agent.answerAddress,
  );
  keeper.ask([
    call("setsid"),
    call("chdir", Number(addressOf(root))),
    { ...clone, child: memories[1] },
    // From here on the agent is the program.
    call("close_range", 0, 2, CLOSE_RANGE_UNSHARE),
    call("close_range", 3, lastDescriptor, CLOSE_RANGE_CLOEXEC),
    call("fcntl", kept, F_SETFD, 0),
    call("execveat", program, ...keeperArguments(), AT_EMPTY_PATH),
  ]);
  let isGone = false;
  let isKilled = false;
  let hasLetGo = false;
  /** Not a program of its own. */
  let isShared = false;
  const end = async (): Promise<number> => {
    const status = new Int32Array(1);
    // Its last descriptor is closed a moment before it has ended.
    for (let looks = 0; callHere("wait4", pid, status, WNOHANG, null) === 0; looks++)
      if (looks > patientLooks) await Bun.sleep(1);
    isGone = true;
    const code = isKilled ? 128 + SIGKILL : exitCodeOf(isShared ? keeper.status : status[0]!);
    memories.forEach(giveMemory);
    return code;
  };
  return {
    agent,
    first(calls) {
      if (isGone || isKilled) return undefined;
      // Where there is no agent its keeper has answered, or is gone.
      agent.isHopeless = () => keeper.isAnswered || !keeper.isThere;
      try {
        return performedBy(agent, () => sysAll(calls));
      } catch (error) {
        if (error instanceof AgentGone) return undefined;
        throw error;
      } finally {
        agent.isHopeless = () => false;
      }
    },
    letGo() {
      hasLetGo = true;
      isShared = !keeper.waitForEnd();
      // It has descriptors of its own now.
      closeSync(kept);
      if (!isShared) return;
      // Some systems run nothing that is in no file system: then it waits as it is. Unless it says otherwise, it was killed.
      keeper.status = SIGKILL;
      keeper.ask([
        call("dup3", kept, 0, 0),
        call("close_range", 1, lastDescriptor, 0),
        call("wait4", -1, keeper.statusAddress, 0, 0),
        call("exit_group", 0),
      ]);
    },
    kill() {
      if (isGone) return;
      isKilled = true;
      callHere("kill", pid, SIGKILL);
    },
    async ended() {
      if (hasLetGo) {
        // Nobody writes: what comes is the end.
        await drain(readEnd, async () => true);
      } else for (const fd of [kept, readEnd]) closeSync(fd);
      return end();
    },
  };
}

/** What wait4() says, as shells have it. */
function exitCodeOf(status: number): number {
  return (status & 0x7f) === 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
}

/** A process with the memory of this one that runs `code`. It hears no signals. */
function cloneDeaf(code: number, agent: Agent, flags: number): number {
  const before = new BigUint64Array(1);
  sysHere("rt_sigprocmask", SIG_SETMASK, BigUint64Array.of(2n ** 64n - 1n), before, 8);
  try {
    return cloneHere(code, {
      stack: agent.memory.stack,
      flags: flags | CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD,
      argument: agent.memory.address,
      clearedAtEnd: agent.answerAddress,
    });
  } finally {
    sysHere("rt_sigprocmask", SIG_SETMASK, before, null, 8);
  }
}

function call(name: SyscallName, ...args: number[]) {
  return { number: numberOf(name), args };
}
