import { constants } from "node:os";
import type { Launched } from "./launch.ts";
import { fateOf, isIgnored } from "./signal-masks.ts";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
/** Whoever asks this often means it. */
const patience = 3;
/** How often and how many times a program is looked at that blocks a signal: 200 ms. */
const lookMs = 5;
const maxLooks = 40;

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
  /** What was sent and may have been dropped, and how often that was asked. */
  const undecided = new Map<NodeJS.Signals, number>();
  let timer: ReturnType<typeof setInterval> | undefined;
  const decide = (pid: number) => {
    for (const [signal, looks] of undecided) {
      const fate = fateOf(pid, signal);
      if (fate === "blocked" && looks < maxLooks) undecided.set(signal, looks + 1);
      else undecided.delete(signal);
      if (fate !== "dropped") continue;
      code = 128 + constants.signals[signal];
      launched.kill();
    }
  };
  const deliver = () => {
    const events = launched.events();
    const started = events.find((event) => event.event === "started");
    // Until the program is there, a signal would end in the stage, which has no handlers.
    if (started === undefined || !events.some((event) => event.event === "exec")) return;
    try {
      for (const signal of pending.splice(0)) {
        // What is typed at a terminal reaches everything in the foreground.
        const isTyped = signal === "SIGINT" || signal === "SIGQUIT";
        process.kill(isTyped ? -started.pid : started.pid, signal);
        undecided.set(signal, 0);
      }
      decide(started.pid);
    } catch {
      // It has just ended.
      undecided.clear();
    }
    if (undecided.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  const receive = (signal: NodeJS.Signals) => {
    if ((signal === "SIGINT" || signal === "SIGTERM") && ++asked >= patience) return launched.kill();
    pending.push(signal);
    timer ??= setInterval(deliver, lookMs);
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
