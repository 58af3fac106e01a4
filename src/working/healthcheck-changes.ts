import { KasaneError, parseGoDuration } from "../lib/mod.ts";
import type { Healthcheck } from "../oci/mod.ts";
import { jsonList, shellWords } from "./shell-words.ts";

export interface HealthcheckChanges {
  /** `CMD PROGRAM…`, `CMD-SHELL TEXT`, `NONE`, or a text for the shell; empty: none of the container's own. */
  readonly healthcheck?: string;
  readonly healthcheckInterval?: string;
  readonly healthcheckRetries?: number;
  readonly healthcheckStartPeriod?: string;
  readonly healthcheckTimeout?: string;
}

const secondNs = 1_000_000_000;
/** What buildah gives a container that has no health check yet. */
const initial: Healthcheck = { Interval: 30 * secondNs, Timeout: 30 * secondNs, Retries: 3 };

export function hasHealthcheck(changes: HealthcheckChanges): boolean {
  return [
    changes.healthcheck,
    changes.healthcheckInterval,
    changes.healthcheckRetries,
    changes.healthcheckStartPeriod,
    changes.healthcheckTimeout,
  ].some((value) => value !== undefined);
}

/** The health check after the changes, and the instruction that says the same. @throws KasaneError `usage` */
export function changeHealthcheck(
  before: Healthcheck | undefined,
  changes: HealthcheckChanges,
): { healthcheck: Healthcheck | undefined; text: string } {
  const { healthcheck, healthcheckInterval, healthcheckRetries, healthcheckStartPeriod, healthcheckTimeout } =
    changes;
  const check: Healthcheck = { ...(before ?? initial) };
  const flags: string[] = [];
  if (healthcheckInterval !== undefined) {
    check.Interval = nanoseconds(healthcheckInterval);
    flags.push(`--interval=${healthcheckInterval}`);
  }
  if (healthcheckRetries !== undefined) {
    check.Retries = healthcheckRetries;
    flags.push(`--retries=${healthcheckRetries}`);
  }
  if (healthcheckStartPeriod !== undefined) {
    check.StartPeriod = nanoseconds(healthcheckStartPeriod);
    flags.push(`--start-period=${healthcheckStartPeriod}`);
  }
  if (healthcheckTimeout !== undefined) {
    check.Timeout = nanoseconds(healthcheckTimeout);
    flags.push(`--timeout=${healthcheckTimeout}`);
  }
  const text = ["HEALTHCHECK", ...flags, ...(healthcheck ? [healthcheck] : [])].join(" ");
  if (healthcheck === undefined) return { healthcheck: check, text };
  if (healthcheck.trim() === "") return { healthcheck: undefined, text };
  return { healthcheck: { ...check, Test: testOf(healthcheck) }, text };
}

function testOf(text: string): string[] {
  const list = jsonList(text);
  if (list) return list;
  const [keyword, rest = ""] = text.trim().split(/\s+(.*)/s);
  if (keyword === "NONE") return ["NONE"];
  if (keyword === "CMD") return ["CMD", ...(jsonList(rest) ?? shellWords(rest))];
  return ["CMD-SHELL", keyword === "CMD-SHELL" ? rest : text];
}

function nanoseconds(text: string): number {
  const length = parseGoDuration(text);
  if (length !== undefined && length >= 0) return length;
  throw new KasaneError("usage", `${JSON.stringify(text)} is not a length of time`, {
    hint: "write a number with a unit, for example 90s or 1h30m",
    data: { exitCode: 125 },
  });
}
