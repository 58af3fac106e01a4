import type { Command } from "../command.ts";
import { objectFormatFlag } from "../format/object-format-flag.ts";
import { inspectObjects } from "../images/inspect-objects.ts";

export default {
  name: "container inspect",
  summary: "Show everything about containers as JSON",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  examples: [
    { call: "container inspect web", what: "state, settings, mounts" },
    { call: "container inspect --size web", what: "with the size of what it has written" },
  ],
  flags: [
    objectFormatFlag,
    { name: "size", short: "s", type: "boolean", help: "Also the sizes of the container's files" },
  ],
  arguments: { min: 1 },
  onlyReads: true,
  run: (context) => inspectObjects(context, { type: "container", withSize: context.flags.boolean("size") }),
} satisfies Command;
