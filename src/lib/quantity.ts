import { KasaneError } from "./errors.ts";

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `1h30m`, `250ms`, `7d`, `0`: Go's durations, and days and weeks. In ms. @throws KasaneError `usage` */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  if (trimmed === "0") return 0;
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w)/gy)];
  const length = parts.reduce((sum, part) => sum + part[0].length, 0);
  const sumMs = parts.reduce((sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!, 0);
  if (parts.length === 0 || length !== trimmed.length || !Number.isSafeInteger(Math.round(sumMs))) {
    throw new KasaneError("usage", `${JSON.stringify(text.slice(0, 40))} is not a length of time`, {
      hint: "write a number with a unit, for example 90s, 1h30m or 7d",
    });
  }
  return sumMs;
}

/** The largest units first, in whole numbers; weeks are for those who write them. */
const shownUnits = ["d", "h", "m", "s", "ms", "us", "ns"];

/** What parseDuration() reads: `7d`, `1h30m`, `30ns`. Less than a nanosecond is nothing. */
export function formatDuration(durationMs: number): string {
  let rest = Math.round(durationMs * 1e6);
  let text = "";
  for (const unit of shownUnits) {
    const unitNs = Math.round(unitMs[unit]! * 1e6);
    const count = Math.floor(rest / unitNs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitNs;
  }
  return text === "" ? "0" : text;
}

const unitBytes: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15 };
const unitBinaryBytes: Readonly<Record<string, number>> = {
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};

/** `10GB` (10⁹), `4MiB` (2²⁰), `512`: in bytes. @throws KasaneError `usage` */
export function parseSize(text: string): number {
  const [, count, unit, binary] = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?$/i.exec(text.trim()) ?? [];
  const factor = (binary ? unitBinaryBytes : unitBytes)[unit?.toLowerCase() ?? ""];
  const bytes = Math.round(Number(count) * (factor ?? Number.NaN));
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new KasaneError("usage", `${JSON.stringify(text.slice(0, 40))} is not a size`, {
    hint: "write a number of bytes, or one with a unit, for example 500MB or 4GiB",
  });
}
