import type { LocalStore, Volume } from "../../store/mod.ts";
import type { Command } from "../command.ts";
import {
  booleanFilter,
  type Filters,
  filterFlag,
  matchesLabels,
  namePattern,
  parseFilters,
} from "../filters.ts";
import { rowFormatFlag, writeRows } from "../format/row-format.ts";
import { naturalOrder, volumeFormat } from "../volumes/volume-format.ts";

export default {
  name: "volume ls",
  summary: "List volumes",
  usage: "[OPTIONS]",
  examples: [
    { call: "volume ls", what: "every volume" },
    { call: "volume ls -q --filter dangling=true", what: "the names of those that no container has" },
    { call: "volume ls --format '{{.Name}}: {{.Mountpoint}}'", what: "where their files are" },
  ],
  flags: [
    { ...filterFlag, help: "Only what matches: dangling=true, driver=local, label=KEY[=VALUE], name=NAME" },
    { name: "quiet", short: "q", type: "boolean", help: "Only names" },
    rowFormatFlag,
  ],
  arguments: { min: 0, max: 0 },
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const { listVolumes, volumeData } = await import("../../store/mod.ts");
    const known = ["dangling", "driver", "label", "label!", "name"];
    const filters = parseFilters(flags.strings("filter"), known, "volume ls");
    const local = await store();
    const selected = await select(local, listVolumes(local.root), filters);
    const rows = selected
      .sort((a, b) => naturalOrder(a.name, b.name))
      .map((volume) => ({ volume, mountpoint: volumeData(local.root, volume.name) }));
    const options = { format: flags.string("format") || undefined, isQuiet: flags.boolean("quiet") };
    writeRows(terminal, rows, volumeFormat, options);
    return 0;
  },
} satisfies Command;

async function select(store: LocalStore, volumes: readonly Volume[], filters: Filters): Promise<Volume[]> {
  const dangling = booleanFilter(filters, "dangling");
  const drivers = filters.get("driver");
  const patterns = filters.get("name")?.map(namePattern);
  const { volumeUsers } = await import("../../container/mod.ts");
  const users = dangling === undefined ? undefined : await volumeUsers(store);
  return volumes.filter(
    ({ name, labels = {} }) =>
      (users === undefined || users.has(name) !== dangling) &&
      (drivers === undefined || drivers.includes("local")) &&
      (patterns === undefined || patterns.some((pattern) => pattern.test(name))) &&
      matchesLabels(filters, labels),
  );
}
