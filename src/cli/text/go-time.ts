import { readFileSync } from "node:fs";

/** Go's time of year 1, which stands for none. */
const goZeroMs = -62_135_596_800_000;

/** `2026-01-31 09:05:00 +0000 UTC`: how Go prints a time in this machine's zone. */
export function goTime(timeMs: number | undefined): string {
  const { date, clock, offset, digits } = localTime(timeMs);
  return `${date} ${clock} ${digits} ${zoneName(offset, digits)}`;
}

/** `2026-01-31T09:05:00Z`: RFC 3339 in whole seconds and this machine's zone. */
export function rfc3339(timeMs: number | undefined): string {
  const { date, clock, offset, digits } = localTime(timeMs);
  return `${date}T${clock}${offset === 0 ? "Z" : `${digits.slice(0, 3)}:${digits.slice(3)}`}`;
}

function localTime(timeMs: number | undefined) {
  const time = new Date(timeMs ?? goZeroMs);
  const offset = -Math.round(time.getTimezoneOffset());
  const local = new Date(time.getTime() + offset * 60_000).toISOString();
  const minutes = Math.abs(offset);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const digits = `${offset < 0 ? "-" : "+"}${two(minutes / 60)}${two(minutes % 60)}`;
  return { date: local.slice(0, 10), clock: local.slice(11, 19), offset, digits };
}

/** `CET` or `CEST`, by the rule at the end of the zone's file (RFC 8536); where it has no letters Go prints its digits. */
function zoneName(offset: number, digits: string): string {
  for (const { name, minutes } of zoneNames()) if (minutes === offset) return name;
  return offset === 0 ? "UTC" : digits.replace(/00$/, "");
}

let known: { name: string; minutes: number }[] | undefined;

function zoneNames(): { name: string; minutes: number }[] {
  known ??= readZoneNames();
  return known;
}

function readZoneNames(): { name: string; minutes: number }[] {
  const zone = process.env.TZ?.replace(/^:/, "");
  if (zone === "" || zone === "UTC") return [];
  const path =
    zone === undefined ? "/etc/localtime" : zone.startsWith("/") ? zone : `/usr/share/zoneinfo/${zone}`;
  try {
    const rule = readFileSync(path, "latin1").trimEnd().split("\n").at(-1) ?? "";
    const name = "<[^>]+>|[A-Za-z]+";
    const [, standard, west, summer, summerWest] =
      new RegExp(`^(${name})([-+\\d:]+)(?:(${name})([-+\\d:]+)?)?`).exec(rule) ?? [];
    if (standard === undefined || west === undefined) return [];
    const minutes = minutesEast(west);
    const names = [{ name: bare(standard), minutes }];
    if (summer !== undefined) {
      names.push({ name: bare(summer), minutes: summerWest ? minutesEast(summerWest) : minutes + 60 });
    }
    return names;
  } catch {
    return [];
  }
}

function bare(name: string): string {
  return name.replaceAll(/[<>]/g, "");
}

/** POSIX counts hours to the west. */
function minutesEast(west: string): number {
  const [hours = "0", minutes = "0"] = west.replace(/^[-+]/, "").split(":");
  const total = Number(hours) * 60 + Number(minutes);
  return west.startsWith("-") ? total : -total;
}
