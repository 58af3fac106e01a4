import { constants } from "node:os";
import type { Launched } from "./launch.ts";
import { isIgnored, isUnnoticed } from "./signal-masks.ts";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
/** Whoever asks this often means it. */
const patience = 3;

export interface ForwardedSignals {
  /** What the program would have ended with, had it not been process 1. */
  code(): number | undefined;
  stop(): void;
}

/**
 * Passes this process's signals on to the program of a step instead of ending by them. The kernel gives process 1 only those it has a
 * handler for; any other program would end by the rest, and so does this one.
 */
export function forwardSignals(launched: Launched): ForwardedSignals {
  let asked = 0;
  let code: number | undefined;
  const pending: NodeJS.Signals[] = [];
  let timer: ReturnType<typeof setInterval> | undefined;
  const deliver = () => {
    const events = launched.events();
    const started = events.find((event) => event.event === "started");
    // Until the program is there, a signal would end in the stage, which has no handlers.
    if (started === undefined || !events.some((event) => event.event === "exec")) return;
    clearInterval(timer);
    timer = undefined;
    for (const signal of pending.splice(0)) {
      try {
        // What is typed at a terminal reaches everything in the foreground.
        const isTyped = signal === "SIGINT" || signal === "SIGQUIT";
        process.kill(isTyped ? -started.pid : started.pid, signal);
        if (isUnnoticed(started.pid, signal)) {
          code = 128 + constants.signals[signal];
          launched.kill();
        }
      } catch {
        // It has just ended.
      }
    }
  };
  const receive = (signal: NodeJS.Signals) => {
    if ((signal === "SIGINT" || signal === "SIGTERM") && ++asked >= patience) return launched.kill();
    pending.push(signal);
    timer ??= setInterval(deliver, 5);
    deliver();
  };
  const names = forwarded.filter((name) => name !== "SIGHUP" || !isIgnored(name));
  for (const name of names) process.on(name, receive);
  return {
    code: () => code,
    stop() {
      clearInterval(timer);
      for (const name of names) process.off(name, receive);
    },
  };
}
