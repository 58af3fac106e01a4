import type { Launched } from "./launch.ts";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
/** A program that is process 1 gets only signals it has a handler for. Whoever asks this often means it. */
const patience = 3;

/** Passes this process's signals on to the program of a step instead of ending by them. */
export function forwardSignals(launched: Launched): { stop(): void } {
  let asked = 0;
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
        process.kill(started.pid, signal);
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
  for (const name of forwarded) process.on(name, receive);
  return {
    stop() {
      clearInterval(timer);
      for (const name of forwarded) process.off(name, receive);
    },
  };
}
