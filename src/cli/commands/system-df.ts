import type { Command } from "../command.ts";
import { rowFormatFlag, writeRows } from "../format/row-format.ts";
import { dfRows, summaryFormat } from "../space/df-summary.ts";
import { diskUsage } from "../space/disk-usage.ts";

export default {
  name: "system df",
  summary: "Show what images, containers and build cache take",
  usage: "[OPTIONS]",
  description:
    "The sizes are docker's: unpacked layers, each once. With -v a last table tells what Kasane really stores of each image and platform, what of it is shared, and what removing it would free.",
  examples: [
    { call: "system df", what: "one line for each kind of thing" },
    { call: "system df -v", what: "every image, container and result of a build" },
    { call: "system df -v --format json", what: "the same for a program, with figures in bytes" },
  ],
  flags: [{ name: "verbose", short: "v", type: "boolean", help: "Each thing by itself" }, rowFormatFlag],
  arguments: { min: 0, max: 0 },
  needsPrivilege: "where-possible",
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const local = await store();
    const usage = await diskUsage(local);
    const format = flags.string("format");
    if (!flags.boolean("verbose")) writeRows(terminal, dfRows(usage), summaryFormat, { format });
    else await (await import("../space/df-verbose.ts")).writeVerbose(terminal, local, usage, format);
    return 0;
  },
} satisfies Command;
