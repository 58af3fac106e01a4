import type { CreateOptions } from "../../container/mod.ts";
import { KasaneError, parseGoDuration } from "../../lib/mod.ts";
import type { Flag, ParsedFlags } from "../flags.ts";

/** How a new container's health is found out. */
export const healthFlags: readonly Flag[] = [
  {
    name: "health-cmd",
    type: "string",
    value: "COMMAND",
    help: "Shell command that tells whether it is healthy (exit code 0); none: there is no check",
  },
  { name: "health-interval", type: "string", value: "TIME", help: "Time between two checks (default 30s)" },
  { name: "health-timeout", type: "string", value: "TIME", help: "Most time a check takes (default 30s)" },
  { name: "health-retries", type: "number", value: "N", help: "Failures that make it unhealthy (default 3)" },
  {
    name: "health-start-period",
    type: "string",
    value: "TIME",
    help: "Time in which it may still be starting: failures do not count",
  },
  {
    name: "health-start-interval",
    type: "string",
    value: "TIME",
    help: "Time between two checks in the start period (default 5s)",
  },
  { name: "no-healthcheck", type: "boolean", help: "Not even the image's check" },
];

const times = {
  "health-interval": "Interval",
  "health-timeout": "Timeout",
  "health-start-period": "StartPeriod",
  "health-start-interval": "StartInterval",
} as const;

/** @throws KasaneError `usage`, in docker's words */
export function healthOptions(flags: ParsedFlags): Pick<CreateOptions, "healthcheck"> {
  const command = flags.string("health-cmd");
  const retries = flags.number("health-retries");
  const lengths = Object.entries(times).flatMap(([flag, field]) => {
    const text = flags.string(flag);
    return text === undefined ? [] : [[field, nanoseconds(flag, text)] as const];
  });
  const isOwn = command !== undefined || retries !== undefined || lengths.length > 0;
  if (flags.boolean("no-healthcheck")) {
    if (isOwn)
      throw wrong("--no-healthcheck conflicts with --health-* options", "leave the one or the other away");
    return { healthcheck: { Test: ["NONE"] } };
  }
  if (!isOwn) return {};
  if (command === "none") return { healthcheck: { Test: ["NONE"] } };
  if (retries !== undefined && retries < 0)
    throw wrong("--health-retries cannot be negative", "for example --health-retries 3");
  return {
    healthcheck: {
      ...(command && { Test: ["CMD-SHELL", command] }),
      ...Object.fromEntries(lengths),
      ...(retries !== undefined && { Retries: retries }),
    },
  };
}

const leastNs = 1e6;

function nanoseconds(flag: string, text: string): number {
  const length = parseGoDuration(text);
  const hint = "write a number with a unit, for example 90s or 1m30s";
  if (length === undefined)
    throw wrong(
      `invalid argument ${JSON.stringify(text)} for "--${flag}" flag: time: invalid duration ${JSON.stringify(text)}`,
      hint,
    );
  if (length < 0) throw wrong(`--${flag} cannot be negative`, hint);
  if (length > 0 && length < leastNs) throw wrong(`--${flag} cannot be less than 1ms`, hint);
  return length;
}

function wrong(message: string, hint: string): KasaneError {
  return new KasaneError("usage", message, { hint, data: { exitCode: 125 } });
}
