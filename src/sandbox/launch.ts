import { closeSync, existsSync, readdirSync, readFileSync, readSync, writeSync } from "node:fs";
import type { ConnectingNetwork } from "./connect-network.ts";
import { openSocketPair } from "./descriptor-passing.ts";
import { findTool, requireTool, systemPath } from "./find-tool.ts";
import { isCompiled } from "./program.ts";
import { spawnWith } from "./spawn-with.ts";
import { hasPropagation } from "./stage/bind-source.ts";
import { sendDescriptors } from "./stage/descriptors.ts";
import { attempt, sys } from "./stage/kernel.ts";
import {
  HANDED_FDS,
  NETWORK_FD,
  STAGE_ARGUMENT,
  STDIO_FD,
  type StageEvent,
  type StagePlan,
} from "./stage/plan.ts";

/** A started stage, or the program it has become. */
export interface Launched {
  /** The code the whole chain ends with: the program's, or 128 + signal. All its processes are gone by then. */
  readonly exited: Promise<number>;
  events(): StageEvent[];
  /** What unshare and the runtime complained about, for the message of a start that failed. */
  complaints(): string;
  kill(): void;
  dispose(): void;
}

/** A stage that has its namespaces and waits for its plan. */
export interface WaitingStage extends Launched {
  /** False where it has ended, whatever ended it. */
  isThere(): boolean;
  isTold(): boolean;
  /** Tells it what it is to run. Once. */
  begin(plan: StagePlan, handed: HandedDescriptors): void;
}

/** What the stage gets of the caller's open files when it begins. The caller's own stay open. */
export interface HandedDescriptors {
  /** The program's stdin, stdout, stderr, and with a terminal the socket its master side is sent over. */
  readonly stdio: readonly number[];
  /** What its network waits for. */
  readonly network?: Pick<ConnectingNetwork, "connected" | "heard"> | undefined;
}

/** What a stage has to be started with; everything else it is told later. */
export type StageNamespaces = Pick<StagePlan, "network" | "networkOf" | "join" | "mounts"> & {
  readonly confinement: Pick<StagePlan["confinement"], "namespaces" | "runtime">;
};

export interface MountCommand {
  readonly command: readonly [program: string, option: string, options: string, target: string];
  readonly directory: string;
}

const MFD_CLOEXEC = 1;
/** 128 + SIGKILL. unshare(1) has a code of its own for the death of the shell. */
const killedCode = 137;

/**
 * Starts the stage by programs, as process 1 of new namespaces:
 *
 *     setpriv --pdeathsig KILL          dies with this process
 *       unshare --pid --fork            a pid namespace around everything; --kill-child ends it
 *         sh -c '"$@"; exit $?'         its process 1, which passes a death by signal on as 128 + n
 *           unshare --mount --pid …     the namespaces of the step
 *             bun stage.ts              becomes the program
 *
 * It waits until it is handed its descriptors over the socket that is its own standard input, and ends where that ends instead. The plan is there then.
 *
 * The outer pid namespace is there because a program that changes its user (gosu, su, sudo) disarms the death signal of the inner one.
 */
export function startProcesses(namespaces: StageNamespaces, mount?: MountCommand): WaitingStage {
  const planFd = sys("memfd_create", "kasane-plan", MFD_CLOEXEC);
  const statusFd = sys("memfd_create", "kasane-status", MFD_CLOEXEC);
  const complaintFd = sys("memfd_create", "kasane-complaints", MFD_CLOEXEC);
  const told = openSocketPair();
  // The places of what it is handed later are taken, or the runtime would open something of its own there.
  const own = [told.theirs, complaintFd, complaintFd, planFd, statusFd, ...HANDED_FDS.map(() => complaintFd)];
  const child = spawnWith(chain(namespaces, mount?.command), own, {
    cwd: mount?.directory ?? "/",
    env: { PATH: systemPath, BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" },
    // Signals of the caller's terminal are passed on by hand.
    detached: true,
  });
  closeSync(told.theirs);
  const isThere = () => child.exitCode === null && child.signalCode === null;
  let isTold = false;
  const release = () => {
    if (isTold) return;
    isTold = true;
    closeSync(told.ours);
    closeSync(planFd);
  };
  let isKilled = false;
  const hasOwnPids = namespaces.confinement.namespaces.pid === "private";
  return {
    isThere,
    isTold: () => isTold,
    begin(plan, { stdio, network }) {
      writeSync(planFd, JSON.stringify(plan), 0);
      const handed = stdio.map((fd, index) => ({ fd, tag: STDIO_FD + index }));
      const heard = network?.heard();
      if (heard !== undefined) handed.push({ fd: heard, tag: NETWORK_FD });
      // One that has ended tells why by itself.
      attempt(() => sendDescriptors(told.ours, handed), "EPIPE", "ECONNRESET");
      if (heard !== undefined) closeSync(heard);
      release();
    },
    exited: child.exited.then((code) => {
      // unshare(1) wants to die of the same signal as the program, stumbles over SIGKILL, and ends with 1.
      const stumbled = code === 1 && /^unshare: sig/m.test(readAll(complaintFd));
      return isKilled || stumbled ? killedCode : code;
    }),
    events: () =>
      readAll(statusFd)
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as StageEvent),
    complaints: () => readAll(complaintFd).trim(),
    kill() {
      if (!isThere()) return;
      // The end of a pid namespace's first process is reported after the end of all the others.
      const [init = child.pid] = childrenOf(child.pid);
      isKilled = true;
      for (const pid of hasOwnPids ? [init] : descendantsOf(child.pid).toReversed()) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // It ended by itself meanwhile.
        }
      }
    },
    dispose() {
      release();
      closeSync(statusFd);
      closeSync(complaintFd);
    },
  };
}

/** A stage that need not wait. */
export function launchStage(plan: StagePlan, stdio: readonly number[], mount?: MountCommand): Launched {
  const stage = startProcesses(plan, mount);
  stage.begin(plan, { stdio });
  return stage;
}

/** Whether a stage that was started for one of them can be told the other. */
export function startAlike(one: StageNamespaces, other: StageNamespaces): boolean {
  return Bun.deepEquals(chain(one, undefined), chain(other, undefined));
}

function chain(plan: StageNamespaces, mount: readonly string[] | undefined): string[] {
  const setpriv = findTool("setpriv");
  const bound = setpriv === undefined ? [] : [setpriv, "--pdeathsig", "KILL", "--"];
  return [
    ...bound,
    ...(plan.join === undefined ? freshNamespaces(plan, mount) : namespacesOf(plan.join, plan)),
  ];
}

/** The namespaces of a program that runs, but for its mounts: the runtime would not be found there. The stage changes to those by itself. */
function namespacesOf(pid: number, plan: StageNamespaces): string[] {
  return [
    ...["/bin/sh", "-c", '"$@"; exit $?', "sh", requireTool("nsenter"), `--target=${pid}`],
    ...["--uts", "--ipc", "--pid", ...(existsSync("/proc/self/ns/cgroup") ? ["--cgroup"] : [])],
    ...(plan.network === "none" ? ["--net"] : []),
    ...["--", ...stageCommand()],
  ];
}

function freshNamespaces(plan: StageNamespaces, mount: readonly string[] | undefined): string[] {
  const unshare = requireTool("unshare");
  const { pid, ipc, uts } = plan.confinement.namespaces;
  // A runtime makes its own, but for the network's.
  const isOwn = plan.confinement.runtime === undefined;
  const joined = [pid, ipc].some((source) => typeof source === "number");
  const death = findTool("setpriv");
  const propagation = hasPropagation(plan) ? ["--propagation", "unchanged"] : [];
  return [
    // Around everything, but where it has to see processes that are outside.
    ...(pid === "private"
      ? [unshare, "--pid", ...(mount === undefined ? [] : ["--mount"]), "--fork", "--kill-child", "--"]
      : mount === undefined
        ? []
        : [unshare, "--mount", "--"]),
    ...(mount === undefined
      ? ["/bin/sh", "-c", '"$@"; exit $?', "sh"]
      : ["/bin/sh", "-c", '"$1" "$2" "$3" "$4" || exit 125; shift 4; "$@"; exit $?', "sh", ...mount]),
    ...(joined ? [requireTool("nsenter"), ...joins(plan), "--"] : []),
    ...(pid === "private" || death === undefined ? [] : [death, "--pdeathsig", "KILL", "--"]),
    ...[unshare, "--mount", "--fork", "--kill-child"],
    ...(isOwn && uts === "private" ? ["--uts"] : []),
    ...(isOwn && ipc === "private" ? ["--ipc"] : []),
    ...(isOwn && pid === "private" ? ["--pid"] : []),
    ...(plan.network === "none" && plan.networkOf === undefined ? ["--net"] : []),
    ...propagation,
    "--",
    ...(plan.networkOf === undefined
      ? []
      : [requireTool("nsenter"), `--net=/proc/${plan.networkOf}/ns/net`, "--"]),
    ...stageCommand(),
  ];
}

function joins({ confinement: { namespaces } }: StageNamespaces): string[] {
  return (["pid", "ipc"] as const).flatMap((name) => {
    const source = namespaces[name];
    return typeof source === "number" ? [`--${name}=/proc/${source}/ns/${name}`] : [];
  });
}

/** In development the runtime with stage.ts; in the compiled executable, the executable itself. */
function stageCommand(): string[] {
  if (isCompiled()) return [process.execPath, STAGE_ARGUMENT];
  return [
    process.execPath,
    "--no-env-file",
    "--config=/dev/null",
    "--no-install",
    `${import.meta.dir}/stage.ts`,
  ];
}

/** Of all its threads: whichever of them started it, that one's list has a child. */
export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    // A kernel without CONFIG_PROC_CHILDREN, or the process is gone.
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
      .map(Number);
  }
}

/** Every process below `pid`, those nearer first on each branch. */
export function descendantsOf(pid: number): number[] {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap(descendantsOf)];
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

function readAll(fd: number): string {
  const chunks: Buffer[] = [];
  for (let position = 0; ; ) {
    const chunk = Buffer.alloc(16 << 10);
    const length = readSync(fd, chunk, 0, chunk.length, position);
    if (length === 0) return Buffer.concat(chunks).toString();
    chunks.push(chunk.subarray(0, length));
    position += length;
  }
}
