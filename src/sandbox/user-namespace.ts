import { closeSync, readFileSync, writeSync } from "node:fs";
import { constants, homedir } from "node:os";
import { findTool, requireTool } from "./find-tool.ts";
import { mapSingleId, mapSubordinateIds, whySingleUid } from "./id-map.ts";
import { forbidden, reasonOf } from "./namespace-refusal.ts";
import { originalOpenFiles } from "./open-files.ts";
import { outerUser, outerUserEnvironment } from "./outer-user.ts";
import { openPipe } from "./pipe.ts";
import { ownCommand } from "./program.ts";
import { isIgnored } from "./signal-masks.ts";
import { spawnWith } from "./spawn-with.ts";

export interface ReexecOptions {
  /** Told when only one uid could be mapped, with the reason. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Runs this program again with `argv` (what follows the program's own name) as root of a user namespace with a mount namespace of its own, on the
 * same terminal and descriptors, and returns its exit code. The inner run finds who started it in outerUser().
 * @throws KasaneError `sandbox` (exit code 125) where the system forbids user namespaces; the hint names the setting
 */
export async function reexecInUserNamespace(
  argv: readonly string[],
  options: ReexecOptions = {},
): Promise<number> {
  if (outerUser() !== undefined) throw forbidden("the one that was made has no power over mounts");
  const command = [...ownCommand(), ...argv];
  let inner = await startWaiting(command);
  let reason = whySingleUid();
  if (reason === undefined) {
    reason = await mapSubordinateIds(inner.pid);
    // What is mapped once is mapped for good, so this one is of no use any more.
    if (reason !== undefined) {
      inner.abandon();
      inner = await startWaiting(command);
    }
  }
  if (reason !== undefined) {
    const single = mapSingleId(inner.pid);
    if (single !== undefined) {
      inner.abandon();
      throw forbidden(single);
    }
    options.onWarning?.(`only your own uid is available (${reason}): every file will belong to you`);
  }
  return inner.run();
}

interface WaitingInner {
  readonly pid: number;
  /** Lets the program start, and resolves with its exit code. */
  run(): Promise<number>;
  abandon(): void;
}

/**
 * Inside the new namespace: says that it is there, waits until the ids are mapped (an exec before that would lose the
 * capabilities), and becomes the program. setpriv ties its life to ours, and comes last because the exec that gains capabilities disarms
 * that again.
 */
const waiting = 'echo >&4; read -r _ <&3 || exit 125; exec 2>&5 3<&- 4>&- 5>&-; exec "$@"';

async function startWaiting(command: readonly string[]): Promise<WaitingInner> {
  const setpriv = findTool("setpriv");
  // Where no program gains privileges (no_new_privs), root of the namespace gains none either: it must bring them.
  const mayGain = !hasNoNewPrivileges();
  const go = openPipe();
  const ready = openPipe();
  const complaints = openPipe();
  const child = spawnWith(
    [
      ...[requireTool("unshare"), "--user", "--mount", ...(mayGain ? [] : ["--keep-caps"]), "--"],
      // The runtime starts programs without the signals it was told to ignore.
      ...["/bin/sh", "-c", isIgnored("SIGHUP") ? `trap "" HUP; ${waiting}` : waiting, "sh"],
      ...(setpriv === undefined ? [] : [setpriv, "--pdeathsig", "KILL", "--"]),
      ...command,
    ],
    [0, 1, complaints.writeEnd, go.readEnd, ready.writeEnd, 2],
    { env: { ...process.env, ...innerEnvironment() } },
  );
  closeSync(complaints.writeEnd);
  closeSync(go.readEnd);
  closeSync(ready.writeEnd);
  const isReady = (await firstBytes(ready.readEnd)) !== "";
  const complaint = isReady ? "" : await firstBytes(complaints.readEnd);
  if (isReady) closeSync(complaints.readEnd);
  else {
    closeSync(go.writeEnd);
    throw forbidden(reasonOf(complaint) || `unshare ended with ${await child.exited}`);
  }
  return {
    pid: child.pid,
    async run() {
      const signals = passSignals(child.pid);
      writeSync(go.writeEnd, "\n");
      closeSync(go.writeEnd);
      const code = await child.exited;
      signals.stop();
      return child.signalCode === null
        ? code
        : 128 + (constants.signals[child.signalCode as NodeJS.Signals] ?? 0);
    },
    abandon() {
      closeSync(go.writeEnd);
    },
  };
}

function hasNoNewPrivileges(): boolean {
  return /^NoNewPrivs:\s*1/m.test(readFileSync("/proc/self/status", "utf8"));
}

/** What the inner run has to know of the outer one. */
export function innerEnvironment(): Record<string, string> {
  const openFiles = originalOpenFiles();
  const user = outerUserEnvironment({
    uid: process.getuid!(),
    gid: process.getgid!(),
    ...(openFiles === undefined ? {} : { openFiles }),
  });
  try {
    // Where it has to be looked up, the inner run would find root's.
    return { ...user, HOME: process.env.HOME || homedir() };
  } catch {
    return user;
  }
}

/** The first bytes that come out of `fd`, empty when it ends without any. Closes it. */
async function firstBytes(fd: number): Promise<string> {
  try {
    for await (const chunk of Bun.file(fd).stream()) {
      if (chunk.length > 0) return new TextDecoder().decode(chunk);
    }
    return "";
  } finally {
    closeSync(fd);
  }
}

/** Signals meant for this program are meant for the inner run. */
export function passSignals(pid: number): { stop(): void } {
  const passed = (["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const).filter(
    (name) => name !== "SIGHUP" || !isIgnored(name),
  );
  const fromTerminal = ["SIGINT", "SIGQUIT"] as const;
  const pass = (signal: NodeJS.Signals) => {
    try {
      process.kill(pid, signal);
    } catch {
      // It has just ended.
    }
  };
  const passUnlessTyped = (signal: NodeJS.Signals) => {
    if (!isForeground()) pass(signal);
  };
  for (const name of passed) process.on(name, pass);
  for (const name of fromTerminal) process.on(name, passUnlessTyped);
  return {
    stop() {
      for (const name of passed) process.off(name, pass);
      for (const name of fromTerminal) process.off(name, passUnlessTyped);
    },
  };
}

/** True when what is typed at the terminal reaches this process group, and so the inner run by itself. */
function isForeground(): boolean {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const [, , group, , , foregroundGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === foregroundGroup;
}
