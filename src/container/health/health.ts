import type { Healthcheck, RuntimeConfig } from "../../oci/mod.ts";

/** What a container's health check has found so far. */
export interface Health {
  readonly status: "starting" | "healthy" | "unhealthy";
  /** Failures since the last success, without those of the start period. */
  readonly failingStreak: number;
  /** The last few, the newest last. */
  readonly log: readonly CheckResult[];
}

/** One run of the check. */
export interface CheckResult {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** 0: healthy. -1: it did not end in time, or could not begin. */
  readonly exitCode: number;
  readonly output: string;
}

const keptResults = 5;
const secondNs = 1e9;
const defaults = { Interval: 30 * secondNs, Timeout: 30 * secondNs, StartInterval: 5 * secondNs, Retries: 3 };

export const beginningHealth: Health = { status: "starting", failingStreak: 0, log: [] };

/** The command line of a container's check; undefined where it has none. */
export function checkCommand({ Healthcheck: check, Shell }: RuntimeConfig): string[] | undefined {
  const [kind, ...rest] = check?.Test ?? [];
  if (kind === "CMD" && rest.length > 0) return rest;
  if (kind === "CMD-SHELL" && rest[0] !== undefined) return [...(Shell ?? ["/bin/sh", "-c"]), rest[0]];
  return undefined;
}

/** Of an image's check and a container's own: what is said in neither is the default. */
export function mergeHealthcheck(image: Healthcheck | undefined, own: Healthcheck): Healthcheck {
  return { ...image, ...own };
}

/** How long a check may take. */
export function timeoutMsOf({ Timeout }: Healthcheck): number {
  return (Timeout || defaults.Timeout) / 1e6;
}

/** How long after the last check the next one begins. */
export function pauseMsOf(check: Healthcheck, { status }: Health, upMs: number): number {
  const isStarting = status === "starting" && upMs < (check.StartPeriod ?? 0) / 1e6;
  const intervalNs = check.Interval || defaults.Interval;
  const startNs = check.StartInterval || Math.min(defaults.StartInterval, intervalNs);
  return (isStarting ? startNs : intervalNs) / 1e6;
}

/** Health after one more check, by docker's rules: failures in the start period do not count until it was healthy once. */
export function healthAfter(
  before: Health,
  result: CheckResult,
  check: Healthcheck,
  containerStartedAtMs: number,
): Health {
  const log = [...before.log, result].slice(-keptResults);
  if (result.exitCode === 0) return { status: "healthy", failingStreak: 0, log };
  const isSpared =
    before.status === "starting" &&
    result.startedAtMs - containerStartedAtMs < (check.StartPeriod ?? 0) / 1e6;
  const failingStreak = before.failingStreak + (isSpared ? 0 : 1);
  const isUnhealthy = !isSpared && failingStreak >= (check.Retries || defaults.Retries);
  return { status: isUnhealthy ? "unhealthy" : before.status, failingStreak, log };
}
