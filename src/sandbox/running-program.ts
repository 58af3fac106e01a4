import { readFileSync, readlinkSync } from "node:fs";
import { descendantsOf, type Launched } from "./launch.ts";
import type { RunningProgram } from "./sandbox.ts";
import { fateOf } from "./signal-masks.ts";

/** How often it is asked whether the program has begun, ms. */
export const lookMs = 2;

/** Tells `onStarted` of the program when the stage has become it. A start that fails is told by nobody here. */
export function tellStart(
  launched: Launched,
  onStarted: (program: RunningProgram) => void,
  runtime?: { readonly hasOwnPids: boolean },
): { stop(): void } {
  const look = () => {
    const events = launched.events();
    const started = events.find((event) => event.event === "started");
    if (started === undefined || !events.some(({ event }) => event === "exec")) return;
    if (events.some(({ event }) => event === "unstarted")) return;
    const pid = runtime === undefined ? started.pid : startedBy(started.pid, runtime);
    if (pid === undefined) return;
    clearInterval(timer);
    onStarted(programOf(pid, launched));
  };
  const timer = setInterval(look, lookMs);
  look();
  return { stop: () => clearInterval(timer) };
}

/** Of the processes below a runtime, the one that has become the program: process 1 of its own numbers, and no runtime any more. */
function startedBy(runtime: number, { hasOwnPids }: { hasOwnPids: boolean }): number | undefined {
  const program = linkOf(runtime, "exe");
  return descendantsOf(runtime).find((pid) => {
    const exe = linkOf(pid, "exe");
    const isRuntimes = exe === undefined || exe === program || /^\/(memfd:|proc\/)|\(deleted\)$/.test(exe);
    const status = statusOf(pid);
    const isFirst = !hasOwnPids || /^NSpid:.*\t1$/m.test(status);
    return !isRuntimes && isFirst && !/^Name:\trunc:/.test(status);
  });
}

function linkOf(pid: number, name: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return undefined;
  }
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

function programOf(pid: number, launched: Launched): RunningProgram {
  return {
    pid,
    kill(signal) {
      if (signal === "SIGKILL") return launched.kill();
      try {
        process.kill(pid, signal);
      } catch {
        // It has just ended.
      }
    },
    isDeafTo(signal) {
      try {
        return fateOf(pid, signal) === "dropped";
      } catch {
        return false;
      }
    },
  };
}
