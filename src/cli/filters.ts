import { KasaneError } from "../lib/errors.ts";
import { type Flag, usage } from "./flags.ts";

/** `--filter name=value`, as often as one likes. */
export const filterFlag: Flag = {
  name: "filter",
  short: "f",
  type: "strings",
  value: "NAME=VALUE",
  help: "Only what matches, for example dangling=true",
};

/** Values by the filter's name, in the order they were given. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/**
 * @throws KasaneError `usage` for what is not NAME=VALUE
 * @throws KasaneError `usage` in docker's words for a name that is not one of `known`
 */
export function parseFilters(given: readonly string[], known: readonly string[], command: string): Filters {
  const filters = new Map<string, string[]>();
  for (const text of given) {
    // As docker has it, for scripts that have none to give.
    if (text === "") continue;
    const equals = text.indexOf("=");
    if (equals < 0) {
      throw usage(
        `invalid argument ${JSON.stringify(text)} for "-f, --filter" flag: bad format of filter (expected name=value)`,
        command,
      );
    }
    const name = text.slice(0, equals).trim().toLowerCase();
    const value = text.slice(equals + 1).trim();
    if (!known.includes(name)) throw invalidFilter(name, command, known);
    const values = filters.get(name);
    if (values) values.push(value);
    else filters.set(name, [value]);
  }
  return filters;
}

function invalidFilter(name: string, command: string, known: readonly string[]): KasaneError {
  const { didYouMean } = require("../lib/near-word.ts") as typeof import("../lib/near-word.ts");
  return new KasaneError("usage", `invalid filter '${name}'`, {
    hint: didYouMean(name, known) ?? `'kasane ${command}' filters by ${known.join(", ")}`,
    data: { exitCode: 1 },
  });
}

/** A filter whose value is not one of those it takes. */
export function invalidValue(name: string, values: readonly string[], hint: string): KasaneError {
  return new KasaneError("usage", `invalid filter '${name}=[${values.join(" ")}]'`, {
    hint,
    data: { exitCode: 1 },
  });
}

/** The value of a filter that is true or false; undefined where it was not given. */
export function booleanFilter(filters: Filters, name: string): boolean | undefined {
  const values = filters.get(name);
  if (values === undefined) return undefined;
  if (values.every((value) => /^(true|1)$/i.test(value))) return true;
  if (values.every((value) => /^(false|0)$/i.test(value))) return false;
  throw invalidValue(name, values, `write ${name}=true or ${name}=false`);
}

/** Docker's filters of names are regular expressions, found anywhere. @throws KasaneError `usage` */
export function namePattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw invalidValue(
      "name",
      [text],
      "it is a regular expression: write \\ before what is meant as it stands",
    );
  }
}

/** Every one of `wanted` (`key` or `key=value`) is among `labels`. */
export function hasLabels(labels: Readonly<Record<string, string>>, wanted: readonly string[]): boolean {
  return wanted.every((text) => {
    const equals = text.indexOf("=");
    const key = equals < 0 ? text : text.slice(0, equals);
    return Object.hasOwn(labels, key) && (equals < 0 || labels[key] === text.slice(equals + 1));
  });
}

/** `label=` and `label!=` together. */
export function matchesLabels(filters: Filters, labels: Readonly<Record<string, string>>): boolean {
  const unwanted = filters.get("label!");
  return hasLabels(labels, filters.get("label") ?? []) && !(unwanted && hasLabels(labels, unwanted));
}

/**
 * `until=`: a time (RFC 3339, shorter forms of it, seconds since the epoch) or how long ago that is (`24h`). In ms since the epoch;
 * undefined where it was not given.
 */
export function untilFilter(filters: Filters, nowMs: number): number | undefined {
  const values = filters.get("until");
  if (values === undefined) return undefined;
  if (values.length > 1) throw invalidValue("until", values, "give until once");
  const ms = pointInTime(values[0]!, nowMs);
  if (ms === undefined) throw invalidValue("until", values, timeHint);
  return ms;
}

const timeHint = "write a time like 2026-01-31T10:00:00, or how long ago like 24h";

/** A flag whose value is a time as of `until=`. @throws KasaneError `usage` */
export function timeFlag(name: string, value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = pointInTime(value, nowMs);
  if (ms !== undefined) return ms;
  throw new KasaneError("usage", `invalid value for --${name}: ${JSON.stringify(value)}`, {
    hint: timeHint,
    data: { exitCode: 1 },
  });
}

function pointInTime(value: string, nowMs: number): number | undefined {
  const { parseGoDuration } = require("../lib/duration.ts") as typeof import("../lib/duration.ts");
  const durationNs = parseGoDuration(value);
  if (durationNs !== undefined) return nowMs - durationNs / 1e6;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const timeMs = /^\d{4}-\d\d-\d\d(T|Z|$)/.test(value) ? parseTime(value) : Number.NaN;
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/** The forms docker takes; without a zone it is this machine's time. */
function parseTime(text: string): number {
  const [, day, time = "", zone = ""] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?))?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  if (day === undefined) return Number.NaN;
  const whole = `${time || "00"}:00:00`.split(":").slice(0, 3).join(":");
  return Date.parse(`${day}T${whole}${zone}`);
}
