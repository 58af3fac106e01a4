import type { Meta } from "../../meta/mod.ts";
import { runAlone } from "./run-alone.ts";

/** Work that a serving registry does by itself, now and then. */
export interface Job {
  /** For messages and for the lock: `garbage`. */
  readonly name: string;
  /** Asked before each wait, so that it may change. undefined: not at present. */
  readonly intervalMs: () => number | undefined;
  /** Ends soon after `signal`. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export interface Jobs {
  /** No more runs; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

/** While a job is switched off: how long until it is asked again. */
const asleepMs = 60_000;

/**
 * Runs each job at its interval, the first time after a part of it, and at any time in one process only of those that share the store. Times
 * are spread at random by a tenth, so that servers started together do not work together. A run that fails is told and does not stop
 * the next.
 */
export function startJobs(
  jobs: readonly Job[],
  options: {
    readonly meta: Meta;
    readonly onError: (job: string, error: unknown) => void;
    /** Whether `error` came of a full disk and there is some room now: then the job is tried once more at once. */
    readonly makeRoom?: (error: unknown) => boolean;
  },
): Jobs {
  const abort = new AbortController();
  const running = new Set<Promise<void>>();
  const timers = new Set<Timer>();
  const wait = (job: Job, part: number) => {
    const intervalMs = job.intervalMs();
    const ms = (intervalMs ?? asleepMs) * part * (0.9 + 0.2 * Math.random());
    // Longer than a timer can count: looked at again in between.
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        if (intervalMs === undefined) wait(job, 1);
        else void track(job);
      },
      Math.min(ms, 2 ** 31 - 1),
    );
    timer.unref();
    timers.add(timer);
  };
  const track = async (job: Job) => {
    const run = once(job);
    running.add(run);
    await run;
    running.delete(run);
    if (!abort.signal.aborted) wait(job, 1);
  };
  const alone = (job: Job) =>
    runAlone(options.meta, `job:${job.name}`, {
      // Another process did it lately: a tenth less than the interval, because times are spread.
      restMs: (job.intervalMs() ?? 0) * 0.8,
      work: () => job.run(abort.signal),
    });
  const once = async (job: Job) => {
    try {
      await alone(job).catch((error) => {
        // Even the lock is a row, for which a full disk has no room; and what jobs do is what makes some.
        if (abort.signal.aborted || !options.makeRoom?.(error)) throw error;
        return alone(job);
      });
    } catch (error) {
      if (!abort.signal.aborted) options.onError(job.name, error);
    }
  };
  for (const job of jobs) wait(job, 0.2);
  return {
    async stop() {
      abort.abort();
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(running);
    },
  };
}
