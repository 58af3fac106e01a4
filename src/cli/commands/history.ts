import type { Command } from "../command.ts";
import { rowFormatFlag, writeRows } from "../format/row-format.ts";
import { historyFormat, historyRows } from "../images/history-rows.ts";
import { platformFlag, platformOption } from "../platform-flag.ts";

export default {
  name: "history",
  summary: "Show the layers and instructions of an image",
  usage: "[OPTIONS] IMAGE",
  examples: [
    { call: "history nginx:alpine", what: "what made each layer, and its size" },
    { call: "history --no-trunc my-app", what: "with the whole instructions" },
    { call: "history --human=false my-app", what: "with exact times, and sizes in bytes" },
    { call: "history --format '{{.Size}} {{.CreatedBy}}' my-app", what: "columns of one's own" },
  ],
  flags: [
    { name: "human", short: "H", type: "boolean", help: "Sizes and times for people (default true)" },
    { name: "no-trunc", type: "boolean", help: "Whole IDs and instructions" },
    { name: "quiet", short: "q", type: "boolean", help: "Only image IDs" },
    platformFlag,
    rowFormatFlag,
  ],
  arguments: { min: 1, max: 1 },
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const local = await store();
    const image = await local.find(flags.arguments[0]!, platformOption(flags));
    const kind = historyFormat({
      noTrunc: flags.boolean("no-trunc"),
      human: flags.maybeBoolean("human") ?? true,
    });
    const options = { format: flags.string("format") || undefined, isQuiet: flags.boolean("quiet") };
    writeRows(terminal, await historyRows(local, image), kind, options);
    return 0;
  },
} satisfies Command;
