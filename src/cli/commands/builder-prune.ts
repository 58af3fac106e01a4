import type { BuildCacheEntry } from "../../build/mod.ts";
import { parseGoDuration, parseSize } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { confirm } from "../confirm.ts";
import { booleanFilter, type Filters, invalidValue, parseFilters } from "../filters.ts";
import { pruneCache } from "../space/prune-cache.ts";
import { tellList, tellReclaimed } from "../space/prune-report.ts";

export const cacheFilterNames = [
  "until",
  "unused-for",
  "id",
  "type",
  "description",
  "inuse",
  "shared",
  "private",
] as const;

export default {
  name: "builder prune",
  summary: "Remove build cache",
  usage: "[OPTIONS]",
  description:
    "Without -a the results that local images have the layers of stay. Filters: until=24h (not used for so long), id, type (regular, exec.cachemount), description, inuse, shared, private.",
  examples: [
    { call: "builder prune", what: "what no local image has" },
    { call: "builder prune -a -f --filter until=168h", what: "whatever was not used for a week" },
    { call: "builder prune -a -f --keep-storage 5GB", what: "the latest used stay, up to 5 GB" },
  ],
  flags: [
    { name: "all", short: "a", type: "boolean", help: "Also results that local images have the layers of" },
    { name: "force", short: "f", type: "boolean", help: "Do not ask" },
    {
      name: "filter",
      type: "strings",
      value: "NAME=VALUE",
      help: "Only what matches, for example until=24h",
    },
    { name: "keep-storage", type: "string", value: "SIZE", help: "Keep so much of what was used last" },
  ],
  arguments: { min: 0, max: 0 },
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store }) {
    const all = flags.boolean("all");
    const keep = flags.string("keep-storage");
    const filters = parseFilters(flags.strings("filter"), cacheFilterNames, "builder prune");
    const select = cacheSelection(filters);
    const keepBytes = keep === undefined ? undefined : parseSize(keep);
    const warning = all
      ? "WARNING! This will remove all build cache."
      : "WARNING! This will remove all dangling build cache.";
    const isWanted = flags.boolean("force") || (await confirm(terminal, warning, { isOneLine: true }));
    const { ids, freedBytes } = isWanted
      ? await pruneCache(await store(), { all, select, ...(keepBytes !== undefined && { keepBytes }) })
      : { ids: [], freedBytes: 0 };
    tellList(terminal, "Deleted build cache objects:", ids);
    tellReclaimed(terminal, freedBytes);
    return 0;
  },
} satisfies Command;

/** BuildKit's filters. @throws KasaneError `usage` */
export function cacheSelection(filters: Filters): (entry: BuildCacheEntry) => boolean {
  const nowMs = Date.now();
  const unusedForMs = Math.max(0, ...["until", "unused-for"].map((name) => lengthOf(filters, name)));
  const [isInUse, isShared, isPrivate] = ["inuse", "shared", "private"].map((name) =>
    booleanFilter(filters, name),
  );
  const has = (name: string, test: (value: string) => boolean) => filters.get(name)?.some(test) ?? true;
  return (entry) =>
    nowMs - entry.usedAtMs >= unusedForMs &&
    (isInUse === undefined || entry.isInUse === isInUse) &&
    (isShared === undefined || entry.isShared === isShared) &&
    (isPrivate === undefined || entry.isShared !== isPrivate) &&
    has("id", (value) => entry.id.startsWith(value)) &&
    has("type", (value) => entry.kind === value) &&
    has("description", (value) => entry.description.includes(value));
}

function lengthOf(filters: Filters, name: string): number {
  const values = filters.get(name);
  if (values === undefined) return 0;
  const lengthNs = values.length === 1 ? parseGoDuration(values[0]!) : undefined;
  if (lengthNs !== undefined) return lengthNs / 1e6;
  throw invalidValue(name, values, "give it once, as how long ago: 24h");
}
