import type { BuildCacheEntry } from "../../build/mod.ts";
import type { Command } from "../command.ts";
import { type RowFormat, rowFormatFlag, writeRows } from "../format/row-format.ts";
import { cacheSelection, isMutable, parseCacheFilters } from "../space/cache-selection.ts";
import { isReclaimable, verboseEntry } from "../space/verbose-entry.ts";
import { goTime } from "../text/go-time.ts";
import { humanAgo, humanSize } from "../text/units.ts";

export default {
  name: "builder du",
  summary: "Show what the build cache takes",
  usage: "[OPTIONS]",
  description:
    "Every result and cache mount, latest used first, and what removing them would free: a layer that local images have is shared. The filters are those of builder prune.",
  examples: [
    { call: "builder du", what: "results, cache mounts, and their sum" },
    { call: "builder du --verbose --filter type=exec.cachemount", what: "everything about the cache mounts" },
    { call: "builder du --filter unused-for=168h", what: "what was not used for a week" },
  ],
  flags: [
    { name: "verbose", short: "v", type: "boolean", help: "Everything about each, instead of a table" },
    {
      name: "filter",
      type: "strings",
      value: "NAME=VALUE",
      help: "Only what matches, for example until=24h",
    },
    rowFormatFlag,
  ],
  arguments: { min: 0, max: 0 },
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const select = cacheSelection(parseCacheFilters(flags.strings("filter"), "builder du"));
    const { cacheBytes, listBuildCache } = await import("../../build/mod.ts");
    const entries = (await listBuildCache(await store())).filter(select);
    const format = flags.string("format");
    if (format !== undefined) {
      writeRows(terminal, entries, duFormat, { format });
      return 0;
    }
    if (flags.boolean("verbose")) for (const entry of entries) terminal.out(`${verboseEntry(entry)}\n`);
    else writeRows(terminal, entries, duTable, {});
    // As buildx: of a part there is no sum.
    if (flags.strings("filter").length > 0) return 0;
    const sum = (list: readonly BuildCacheEntry[]) => humanSize(cacheBytes(list));
    terminal.out(
      [
        `Shared:       ${sum(entries.filter(({ isShared }) => isShared))}`,
        `Private:      ${sum(entries.filter(({ isShared }) => !isShared))}`,
        `Reclaimable:  ${sum(entries.filter(isReclaimable))}`,
        `Total:        ${sum(entries)}`,
        "",
      ].join("\n"),
    );
    return 0;
  },
} satisfies Command;

const duFormat: RowFormat<BuildCacheEntry> = {
  typeName: "*formatter.buildCacheContext",
  table: "{{.ID}}\t{{.Reclaimable}}\t{{.Size}}\t{{.LastUsedSince}}",
  fields: {
    ID: { header: "ID", value: ({ id }) => id },
    Reclaimable: { header: "RECLAIMABLE", value: (entry) => String(isReclaimable(entry)) },
    Size: { header: "SIZE", value: ({ sizeBytes }) => humanSize(sizeBytes) },
    LastUsedSince: { header: "LAST ACCESSED", value: ({ usedAtMs }) => humanAgo(usedAtMs, Date.now()) },
    Description: { header: "DESCRIPTION", value: ({ description }) => description.slice(0, 60) },
    Mutable: { header: "MUTABLE", value: (entry) => String(isMutable(entry)) },
    Type: { header: "TYPE", value: ({ kind }) => kind },
    CreatedAt: { header: "CREATED AT", value: ({ createdAtMs }) => goTime(createdAtMs) },
    LastUsedAt: { header: "LAST USED AT", value: ({ usedAtMs }) => goTime(usedAtMs) },
    UsageCount: { header: "USAGE", value: ({ uses }) => (uses === undefined ? "" : String(uses)) },
    InUse: { header: "IN USE", value: ({ isInUse }) => String(isInUse) },
    Shared: { header: "SHARED", value: ({ isShared }) => String(isShared) },
  },
};

/** buildx's marks: of what is written to again, and of what local images have as well. */
const duTable: RowFormat<BuildCacheEntry> = {
  ...duFormat,
  fields: {
    ...duFormat.fields,
    ID: { header: "ID", value: (entry) => (isMutable(entry) ? `${entry.id}*` : entry.id) },
    Size: {
      header: "SIZE",
      value: ({ sizeBytes, isShared }) => (isShared ? `${humanSize(sizeBytes)}*` : humanSize(sizeBytes)),
    },
  },
};
