import { KasaneError } from "./errors.ts";

const unitNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
  w: 604_800e9,
};
/** The largest first, in whole numbers; weeks are for those who write them. */
const shownUnits = ["d", "h", "m", "s", "ms", "us", "ns"];

/** `1h30m`, `250ms`, `7d`, `0`: Go's durations, and days and weeks. In ms. @throws KasaneError `usage` */
export function parseDuration(text: string): number {
  const lengthMs = (lengthNs(text.trim()) ?? Number.NaN) / 1e6;
  if (Number.isSafeInteger(Math.round(lengthMs))) return lengthMs;
  throw new KasaneError("usage", `${JSON.stringify(text.slice(0, 40))} is not a length of time`, {
    hint: "write a number with a unit, for example 90s, 1h30m or 7d",
  });
}

/** Nanoseconds of a Go duration (`1m30s`, `-1.5h`, `300ms`): Docker's, which has no days. undefined where it is none. */
export function parseGoDuration(text: string): number | undefined {
  const [sign, length] = /^[+-]/.test(text) ? [text[0], text.slice(1)] : ["+", text];
  const total = /[dw]/.test(length) ? undefined : lengthNs(length);
  if (total === undefined || !Number.isSafeInteger(Math.round(total))) return undefined;
  return sign === "-" && total > 0 ? -Math.round(total) : Math.round(total);
}

/** What parseDuration() reads: `7d`, `1h30m`, `30ns`. Less than a nanosecond is nothing. */
export function formatDuration(durationMs: number): string {
  let restNs = Math.round(durationMs * 1e6);
  let text = "";
  for (const unit of shownUnits) {
    const count = Math.floor(restNs / unitNs[unit]!);
    if (count > 0) text += `${count}${unit}`;
    restNs -= count * unitNs[unit]!;
  }
  return text === "" ? "0" : text;
}

/** The sum of numbers with units, without sign; undefined where anything else stands there. */
function lengthNs(text: string): number | undefined {
  if (text === "0") return 0;
  let total = 0;
  let read = 0;
  for (const [part, count, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w)/gy)) {
    total += Number(count) * unitNs[unit!]!;
    read += part.length;
  }
  return read > 0 && read === text.length ? total : undefined;
}
