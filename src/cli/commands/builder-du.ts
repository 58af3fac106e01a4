import type { BuildCacheEntry } from "../../build/mod.ts";
import type { Command } from "../command.ts";
import { parseFilters } from "../filters.ts";
import { type RowFormat, rowFormatFlag, writeRows } from "../format/row-format.ts";
import { goTime } from "../text/go-time.ts";
import { humanAgo, humanSize } from "../text/units.ts";
import { cacheFilterNames, cacheSelection } from "./builder-prune.ts";

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
    const select = cacheSelection(parseFilters(flags.strings("filter"), cacheFilterNames, "builder du"));
    const { cacheBytes, listBuildCache } = await import("../../build/mod.ts");
    const entries = (await listBuildCache(await store())).filter(select);
    const format = flags.string("format");
    if (format !== undefined) {
      writeRows(terminal, entries, duFormat, { format });
      return 0;
    }
    if (flags.boolean("verbose")) for (const entry of entries) terminal.out(`${blockOf(entry)}\n`);
    else writeRows(terminal, entries, duFormat, {});
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

function isReclaimable({ isInUse, isShared }: BuildCacheEntry): boolean {
  return !isInUse && !isShared;
}

const duFormat: RowFormat<BuildCacheEntry> = {
  typeName: "*formatter.buildCacheContext",
  table: "{{.ID}}\t{{.Reclaimable}}\t{{.Size}}\t{{.LastUsedSince}}\t{{.Description}}",
  fields: {
    ID: { header: "ID", value: ({ id }) => id },
    Reclaimable: { header: "RECLAIMABLE", value: (entry) => String(isReclaimable(entry)) },
    Size: { header: "SIZE", value: ({ sizeBytes }) => humanSize(sizeBytes) },
    LastUsedSince: { header: "LAST ACCESSED", value: ({ usedAtMs }) => humanAgo(usedAtMs, Date.now()) },
    Description: { header: "DESCRIPTION", value: ({ description }) => description.slice(0, 60) },
    Type: { header: "TYPE", value: ({ kind }) => kind },
    CreatedAt: { header: "CREATED AT", value: ({ createdAtMs }) => goTime(createdAtMs) },
    LastUsedAt: { header: "LAST USED AT", value: ({ usedAtMs }) => goTime(usedAtMs) },
    UsageCount: { header: "USAGE", value: ({ uses }) => (uses === undefined ? "" : String(uses)) },
    InUse: { header: "IN USE", value: ({ isInUse }) => String(isInUse) },
    Shared: { header: "SHARED", value: ({ isShared }) => String(isShared) },
  },
};

/** As buildx prints one with --verbose. */
function blockOf(entry: BuildCacheEntry): string {
  const { id, createdAtMs, isShared, sizeBytes, description, uses, usedAtMs, kind } = entry;
  const lines: [string, string][] = [
    ["ID", id],
    ["Created at", goTime(createdAtMs)],
    ["Mutable", String(kind === "exec.cachemount")],
    ["Reclaimable", String(isReclaimable(entry))],
    ["Shared", String(isShared)],
    ["Size", humanSize(sizeBytes)],
    ["Description", description],
    ...(uses === undefined ? [] : [["Usage count", String(uses)] as [string, string]]),
    ["Last used", humanAgo(usedAtMs, Date.now())],
    ["Type", kind],
  ];
  return lines.map(([name, value]) => `${`${name}:`.padEnd(16)}${value}\n`).join("");
}
