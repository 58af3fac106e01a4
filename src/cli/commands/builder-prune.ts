import { parseSize } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { confirm } from "../confirm.ts";
import { type ParsedFlags, usage } from "../flags.ts";
import { cacheSelection, parseCacheFilters } from "../space/cache-selection.ts";
import { type KeptSpace, keepBytes } from "../space/keep-bytes.ts";
import { pruneCache } from "../space/prune-cache.ts";
import { tellList, tellReclaimed } from "../space/prune-report.ts";

export default {
  name: "builder prune",
  summary: "Remove build cache",
  usage: "[OPTIONS]",
  description:
    "Without -a the results that local images have the layers of stay. Filters: until=24h (not used for so long), id, type (regular, exec.cachemount, source.local), description, inuse, shared, private, mutable, immutable; with != and ~= as well.",
  examples: [
    { call: "builder prune", what: "what no local image has" },
    { call: "builder prune -a -f --filter until=168h", what: "whatever was not used for a week" },
    { call: "builder prune -a -f --reserved-space 5GB", what: "the latest used stay, up to 5 GB" },
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
    { name: "reserved-space", type: "string", value: "SIZE", help: "Keep so much of what was used last" },
    { name: "max-used-space", type: "string", value: "SIZE", help: "Keep no more than that" },
    {
      name: "min-free-space",
      type: "string",
      value: "SIZE",
      help: "Remove until so much is free on the disk",
    },
    { name: "keep-storage", type: "string", value: "SIZE", help: "The older name of --reserved-space" },
    { name: "verbose", type: "boolean", help: "Everything about each that is removed" },
  ],
  arguments: { min: 0, max: 0 },
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store, signal }) {
    const all = flags.boolean("all");
    const kept = keptSpace(flags);
    const select = cacheSelection(parseCacheFilters(flags.strings("filter"), "builder prune"));
    const warning = all
      ? "WARNING! This will remove all build cache."
      : "WARNING! This will remove all dangling build cache.";
    const isWanted =
      flags.boolean("force") || (await confirm({ terminal, signal }, warning, { isOneLine: true }));
    const { entries, freedBytes } = isWanted
      ? await pruneCache(await store(), { all, select, keepBytes: (space) => keepBytes(kept, space) })
      : { entries: [], freedBytes: 0 };
    if (flags.boolean("verbose")) {
      const { verboseEntry } = await import("../space/verbose-entry.ts");
      for (const entry of entries) terminal.out(`${verboseEntry(entry)}\n`);
    } else
      tellList(
        terminal,
        "Deleted build cache objects:",
        entries.map(({ id }) => id),
      );
    tellReclaimed(terminal, freedBytes);
    return 0;
  },
} satisfies Command;

function keptSpace(flags: ParsedFlags): KeptSpace {
  const size = (name: string) => {
    const text = flags.string(name);
    return text === undefined ? 0 : parseSize(text);
  };
  const [reserved, older] = [size("reserved-space"), size("keep-storage")];
  if (reserved > 0 && older > 0)
    throw usage("--keep-storage is the older name of --reserved-space: give one of them", "builder prune");
  return {
    reservedBytes: reserved || older,
    maxUsedBytes: size("max-used-space"),
    minFreeBytes: size("min-free-space"),
  };
}
