import { messageOf, parseDuration, parseSize } from "../../lib/mod.ts";
import { configError, type Origin } from "./config-error.ts";
import type { ValueKind } from "./config-key.ts";

/** One value as YAML has it, and as it was written where the two may differ: a password of digits is no number. */
export interface Written {
  readonly value: unknown;
  readonly text: string | undefined;
}

type Reader = (written: Written, origin: Origin) => unknown;

const readers: Record<Extract<ValueKind, string>, Reader> = {
  text: readText,
  boolean({ value }, origin) {
    if (typeof value === "boolean") return value;
    // YAML 1.1, which distribution reads, has more words for it.
    if (/^(yes|on|y|true)$/i.test(String(value))) return true;
    if (/^(no|off|n|false)$/i.test(String(value))) return false;
    throw configError(origin, `expected true or false, not ${shown(value)}`);
  },
  count({ value }, origin) {
    const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isSafeInteger(number) && number >= 0) return number;
    throw configError(origin, `expected a whole number, not ${shown(value)}`);
  },
  duration({ value }, origin) {
    // Go's YAML reader takes a bare number as nanoseconds.
    if (typeof value === "number" && value >= 0) return value / 1e6;
    return readBy(parseDuration, value, origin);
  },
  size({ value }, origin) {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    return readBy(parseSize, value, origin);
  },
  texts({ value }, origin) {
    // One value where a list belongs is a list of one.
    if (typeof value === "string") return [value];
    if (Array.isArray(value)) return value.map((item) => readText({ value: item, text: undefined }, origin));
    throw configError(origin, `expected a list, not ${shown(value)}`);
  },
  headers: ({ value }, origin) => readMap(value, origin, textList),
  labels: ({ value }, origin) => readMap(value, origin, (item) => scalarText(item, origin)),
  groups: ({ value }, origin) => readMap(value, origin, textList),
  section: () => true,
  any: ({ value }) => value,
};

/** @throws KasaneError `invalid-config` */
export function readValue(kind: ValueKind, written: Written, origin: Origin): unknown {
  if (typeof kind === "string") return readers[kind](written, origin);
  const text = String(readText(written, origin)).toLowerCase();
  if (kind.oneOf.includes(text)) return text;
  throw configError(origin, `expected ${kind.oneOf.join(", ")}, not ${shown(written.value)}`);
}

function readText({ value, text }: Written, origin: Origin): string {
  if (typeof value === "string") return value;
  if (text !== undefined && typeof value !== "object" && Bun.YAML.parse(text) === value) return text;
  return scalarText(value, origin);
}

function scalarText(value: unknown, origin: Origin): string {
  if (["string", "number", "boolean"].includes(typeof value)) return String(value);
  throw configError(origin, `expected a text, not ${shown(value)}`);
}

function textList(value: unknown, origin: Origin): string[] {
  return [value].flat().map((item) => scalarText(item, origin));
}

function readMap<T>(value: unknown, origin: Origin, read: (item: unknown, origin: Origin) => T) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw configError(origin, `expected names with values, not ${shown(value)}`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      read(item, { ...origin, path: `${origin.path}.${name}` }),
    ]),
  );
}

function readBy(read: (text: string) => number, value: unknown, origin: Origin): number {
  try {
    return read(String(value));
  } catch (error) {
    throw configError(origin, messageOf(error), (error as { hint?: string }).hint);
  }
}

/** What was found instead: its kind, and not more of it than a line takes. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "object") return Array.isArray(value) ? "a list" : "a section";
  return JSON.stringify(String(value).slice(0, 40));
}
