import type { Launched } from "./launch.ts";
import type { RunningProgram } from "./sandbox.ts";
import { isUnnoticed } from "./signal-masks.ts";

/** How often it is asked whether the program has begun, ms. */
export const lookMs = 2;

/** Tells `onStarted` of the program when the stage has become it. A start that fails is told by nobody here. */
export function tellStart(
  launched: Launched,
  onStarted: (program: RunningProgram) => void,
): { stop(): void } {
  const timer = setInterval(() => {
    const events = launched.events();
    const started = events.find((event) => event.event === "started");
    if (started === undefined || !events.some((event) => event.event === "exec")) return;
    clearInterval(timer);
    onStarted(programOf(started.pid, launched));
  }, lookMs);
  return { stop: () => clearInterval(timer) };
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
        return isUnnoticed(pid, signal);
      } catch {
        return false;
      }
    },
  };
}
