import type { Command } from "../command.ts";
import { confirm } from "../confirm.ts";
import { parseFilters } from "../filters.ts";
import { pruneContainers } from "../space/prune-containers.ts";
import { pruneFilterFlag, pruneFilters } from "../space/prune-filters.ts";
import { tellList, tellReclaimed } from "../space/prune-report.ts";

export default {
  name: "container prune",
  summary: "Remove all stopped containers",
  usage: "[OPTIONS]",
  examples: [
    { call: "container prune", what: "every container that does not run" },
    { call: "container prune -f --filter until=24h", what: "those made more than a day ago, without asking" },
  ],
  flags: [{ name: "force", short: "f", type: "boolean", help: "Do not ask" }, pruneFilterFlag],
  arguments: { min: 0, max: 0 },
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store, signal }) {
    const filters = parseFilters(flags.strings("filter"), pruneFilters, "container prune");
    const isWanted =
      flags.boolean("force") ||
      (await confirm({ terminal, signal }, "WARNING! This will remove all stopped containers."));
    const { ids, freedBytes } = isWanted
      ? await pruneContainers(await store(), filters)
      : { ids: [], freedBytes: 0 };
    tellList(terminal, "Deleted Containers:", ids);
    tellReclaimed(terminal, freedBytes);
    return 0;
  },
} satisfies Command;
