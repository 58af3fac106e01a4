/** Go's time.Time and time.Duration, as far as templates meet them. */
import { type GoType, goBool, goInt, goInt64, goString, named, struct } from "./go-type.ts";

/** Data: RFC 3339 with up to nine digits of a second, as JSON has it; absent is Go's zero time. */
export const goTime: GoType = struct(
  "time.Time",
  {},
  {
    text: timeText,
    json: (data) => JSON.stringify(data ?? "0001-01-01T00:00:00Z"),
    methods: {
      String: { parameters: [], result: goString, call: timeText },
      IsZero: {
        parameters: [],
        result: goBool,
        call: (data) => !data || String(data).startsWith("0001-01-01T00:00:00"),
      },
      Unix: { parameters: [], result: goInt64, call: (data) => Math.floor(millisecondsOf(data) / 1000) },
      Year: { parameters: [], result: goInt, call: (data) => Number(String(data ?? "0001").slice(0, 4)) },
    },
  },
);

const instant = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:\d\d)$/;

/** `2026-01-02 03:04:05.6 +0000 UTC`. */
function timeText(data: unknown): string {
  const parts = instant.exec(String(data ?? "0001-01-01T00:00:00Z"));
  if (!parts) return String(data);
  const [, day, time, fraction = "", zone = "Z"] = parts;
  const digits = fraction.slice(0, 9).replace(/0+$/, "");
  const offset = zone.toUpperCase() === "Z" ? "+0000" : zone.replace(":", "");
  const name = offset === "+0000" ? "UTC" : offset;
  return `${day} ${time}${digits === "" ? "" : `.${digits}`} ${offset} ${name}`;
}

function millisecondsOf(data: unknown): number {
  const time = Date.parse(String(data ?? "0001-01-01T00:00:00Z"));
  return Number.isNaN(time) ? 0 : time;
}

/** Data: nanoseconds. */
export const goDuration: GoType = named("time.Duration", goInt64, {
  text: durationText,
  methods: {
    String: { parameters: [], result: goString, call: durationText },
    Nanoseconds: { parameters: [], result: goInt64, call: (data) => data ?? 0 },
    Milliseconds: { parameters: [], result: goInt64, call: (data) => Math.trunc(Number(data ?? 0) / 1e6) },
  },
});

/** `1h30m0s`, `1.5s`, `300ms`. */
export function durationText(data: unknown): string {
  const total = typeof data === "bigint" ? data : BigInt(Math.trunc(Number(data ?? 0)));
  const size = total < 0n ? -total : total;
  const sign = total < 0n ? "-" : "";
  if (size === 0n) return "0s";
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${withFraction(size, 3)}µs`;
  if (size < 1_000_000_000n) return `${sign}${withFraction(size, 6)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${withFraction(size % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + seconds;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function withFraction(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return digits.slice(0, -places) + (fraction === "" ? "" : `.${fraction}`);
}
