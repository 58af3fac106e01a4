import type { Command } from "../command.ts";
import { objectFormatFlag } from "../format/object-format-flag.ts";
import { inspectObjects } from "../images/inspect-objects.ts";

export default {
  name: "volume inspect",
  summary: "Show everything about volumes as JSON",
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  examples: [
    { call: "volume inspect data", what: "labels, options, where its files are" },
    { call: "volume inspect --format '{{.Mountpoint}}' data", what: "the directory of its files" },
  ],
  flags: [objectFormatFlag],
  arguments: { min: 1 },
  wrongCallCode: 1,
  onlyReads: true,
  run: (context) => inspectObjects(context, { type: "volume" }),
} satisfies Command;
