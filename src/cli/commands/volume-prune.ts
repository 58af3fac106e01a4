import type { Command } from "../command.ts";
import { confirm } from "../confirm.ts";
import { booleanFilter, parseFilters } from "../filters.ts";
import { tellList, tellReclaimed } from "../space/prune-report.ts";
import { pruneUnusedVolumes } from "../space/prune-volumes.ts";
import { grammar } from "../tools/tool.ts";

export default {
  name: "volume prune",
  summary: "Remove volumes that no container has",
  usage: "[OPTIONS]",
  description:
    "Only those without a name of somebody's choice, which were made for containers that are gone. With --all also the others, and whatever is in them.",
  examples: [
    { call: "volume prune", what: "what removed containers have left" },
    {
      call: "volume prune -a -f --filter label=scratch",
      what: "every unused volume of a label, without asking",
    },
  ],
  flags: [
    { name: "all", short: "a", type: "boolean", help: "Also volumes that were given a name" },
    { name: "force", short: "f", type: "boolean", help: "Do not ask" },
    {
      name: "filter",
      type: "strings",
      value: "NAME=VALUE",
      help: "Only what matches: label=KEY[=VALUE], label!=KEY[=VALUE]",
    },
  ],
  arguments: { min: 0, max: 0 },
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store, signal }) {
    const filters = parseFilters(flags.strings("filter"), ["label", "label!", "all"], "volume prune");
    // Podman's takes all.
    const all = flags.boolean("all") || booleanFilter(filters, "all") === true || grammar() === "podman";
    const warning = all
      ? "WARNING! This will remove all local volumes not used by at least one container."
      : "WARNING! This will remove anonymous local volumes not used by at least one container.";
    const isWanted = flags.boolean("force") || (await confirm({ terminal, signal }, warning));
    const { names, freedBytes } = isWanted
      ? await pruneUnusedVolumes(await store(), filters, { all })
      : { names: [], freedBytes: 0 };
    tellList(terminal, "Deleted Volumes:", names);
    tellReclaimed(terminal, freedBytes);
    return 0;
  },
} satisfies Command;
