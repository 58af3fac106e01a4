import type { Command } from "../command.ts";
import { confirm } from "../confirm.ts";
import { parseFilters } from "../filters.ts";
import { pruneFilterFlag, pruneFilters } from "../space/prune-filters.ts";
import { pruneNetworks } from "../space/prune-networks.ts";
import { tellList } from "../space/prune-report.ts";

export default {
  name: "network prune",
  summary: "Remove the networks that no container uses",
  usage: "[OPTIONS]",
  examples: [
    { call: "network prune", what: "asks first" },
    { call: "network prune -f --filter until=24h", what: "those made more than a day ago, without asking" },
  ],
  flags: [{ name: "force", short: "f", type: "boolean", help: "Do not ask" }, pruneFilterFlag],
  arguments: { min: 0, max: 0 },
  async run({ flags, terminal, store, signal }) {
    const filters = parseFilters(flags.strings("filter"), pruneFilters, "network prune");
    const warning = "WARNING! This will remove all custom networks not used by at least one container.";
    if (!flags.boolean("force") && !(await confirm({ terminal, signal }, warning))) return 0;
    const removed = await pruneNetworks(await store(), filters);
    tellList(terminal, "Deleted Networks:", removed);
    return 0;
  },
} satisfies Command;
