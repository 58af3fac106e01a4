import type { Command } from "../command.ts";
import { objectFormatFlag } from "../format/object-format-flag.ts";
import { inspectObjects } from "../images/inspect-objects.ts";

export default {
  name: "network inspect",
  summary: "Show everything about networks as JSON",
  usage: "[OPTIONS] NETWORK [NETWORK...]",
  examples: [
    { call: "network inspect app", what: "its addresses, and the containers that run in it" },
    { call: "network inspect -f '{{range .Containers}}{{.Name}} {{end}}' app", what: "only their names" },
  ],
  flags: [
    objectFormatFlag,
    { name: "verbose", short: "v", type: "boolean", help: "For docker's sake; no effect", hidden: true },
  ],
  arguments: { min: 1 },
  onlyReads: true,
  run: (context) => inspectObjects(context, { type: "network" }),
} satisfies Command;
