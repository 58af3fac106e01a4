import { KasaneError } from "../lib/mod.ts";

/** Whether a container begins again when its program has ended. */
export interface RestartPolicy {
  readonly name: "no" | "always" | "on-failure" | "unless-stopped";
  /** Of `on-failure`; 0: no limit. */
  readonly maximumRetries: number;
}

export const noRestart: RestartPolicy = { name: "no", maximumRetries: 0 };

/** `on-failure:5`. @throws KasaneError `usage` */
export function parseRestartPolicy(text: string): RestartPolicy {
  const [name, count] = text.split(":", 2) as [string, string?];
  const invalid = () =>
    new KasaneError("usage", `invalid restart policy ${JSON.stringify(text)}`, {
      hint: "no, always, unless-stopped, on-failure or on-failure:COUNT",
      data: { exitCode: 125 },
    });
  if (name !== "no" && name !== "always" && name !== "on-failure" && name !== "unless-stopped")
    throw invalid();
  if (count === undefined) return { name, maximumRetries: 0 };
  if (name !== "on-failure" || !/^\d{1,9}$/.test(count)) throw invalid();
  return { name, maximumRetries: Number(count) };
}

const firstPauseMs = 100;
const longestPauseMs = 60_000;
/** A program that ran as long as this has begun well. */
const goodRunMs = 10_000;

/** How long to wait before the next start: twice as long after each run that was short. */
export function nextPause(formerMs: number | undefined, ranMs: number): number {
  if (formerMs === undefined || ranMs >= goodRunMs) return firstPauseMs;
  return Math.min(formerMs * 2, longestPauseMs);
}

/** `starts` counts those by the policy so far. */
export function beginsAgain(policy: RestartPolicy, exitCode: number, starts: number): boolean {
  if (policy.name === "no") return false;
  if (policy.name !== "on-failure") return true;
  return exitCode !== 0 && (policy.maximumRetries === 0 || starts < policy.maximumRetries);
}
