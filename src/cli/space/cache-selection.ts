import type { BuildCacheEntry } from "../../build/mod.ts";
import { parseGoDuration } from "../../lib/mod.ts";
import { booleanFilter, type Filters, invalidValue, parseFilters } from "../filters.ts";

const texts = ["id", "type", "description"] as const;
const booleans = ["inuse", "shared", "private", "mutable", "immutable"] as const;
const lengths = ["until", "unused-for"] as const;
const names = [...lengths, ...texts, ...booleans];
const known = [...names, ...texts.flatMap((name) => [`${name}!`, `${name}~`])];

/**
 * BuildKit's filters: `type=regular` (or `==`), `type!=regular`, `description~=REGEX`, `until=24h`, and `shared`, which is `shared=true`.
 * @throws KasaneError `usage`
 */
export function parseCacheFilters(given: readonly string[], command: string): Filters {
  const written = given.map((text) =>
    (booleans as readonly string[]).includes(text) ? `${text}=true` : text,
  );
  return parseFilters(written, known, command);
}

/** @throws KasaneError `usage` */
export function cacheSelection(filters: Filters): (entry: BuildCacheEntry) => boolean {
  const nowMs = Date.now();
  const unusedForMs = Math.max(0, ...lengths.map((name) => lengthOf(filters, name)));
  const [inUse, shared, private_, mutable, immutable] = booleans.map((name) => booleanFilter(filters, name));
  const isAsked = (asked: boolean | undefined, is: boolean) => asked === undefined || asked === is;
  const tests = texts.flatMap((name) => textTests(filters, name));
  return (entry) =>
    nowMs - entry.usedAtMs >= unusedForMs &&
    isAsked(inUse, entry.isInUse) &&
    isAsked(shared, entry.isShared) &&
    isAsked(private_, !entry.isShared) &&
    isAsked(mutable, isMutable(entry)) &&
    isAsked(immutable, !isMutable(entry)) &&
    tests.every((test) => test(entry));
}

/** What the next build may write to. */
export function isMutable({ kind }: BuildCacheEntry): boolean {
  return kind !== "regular";
}

function textTests(filters: Filters, name: (typeof texts)[number]): ((entry: BuildCacheEntry) => boolean)[] {
  const textOf = ({ id, kind, description }: BuildCacheEntry) => ({ id, type: kind, description })[name];
  const equal = filters.get(name)?.map((value) => value.replace(/^=/, ""));
  const unequal = filters.get(`${name}!`);
  const patterns = filters.get(`${name}~`)?.map((value) => pattern(name, value));
  return [
    ...(equal ? [(entry: BuildCacheEntry) => equal.some((value) => isSame(name, textOf(entry), value))] : []),
    ...(unequal ? [(entry: BuildCacheEntry) => !unequal.includes(textOf(entry))] : []),
    ...(patterns ? [(entry: BuildCacheEntry) => patterns.some((one) => one.test(textOf(entry)))] : []),
  ];
}

/** Of an ID a part is enough, as for buildx. */
function isSame(name: (typeof texts)[number], text: string, value: string): boolean {
  return name === "id" ? text.includes(value) : text === value;
}

function pattern(name: string, value: string): RegExp {
  try {
    return new RegExp(value);
  } catch {
    throw invalidValue(`${name}~`, [value], "write a regular expression");
  }
}

function lengthOf(filters: Filters, name: string): number {
  const values = filters.get(name);
  if (values === undefined) return 0;
  const lengthNs = values.length === 1 ? parseGoDuration(values[0]!) : undefined;
  if (lengthNs !== undefined) return lengthNs / 1e6;
  throw invalidValue(name, values, "give it once, as how long ago: 24h");
}
