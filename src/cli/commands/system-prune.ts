import type { Command } from "../command.ts";
import { confirm } from "../confirm.ts";
import { printReport, pruneFlags } from "./image-prune.ts";

export default {
  name: "system prune",
  summary: "Remove everything that is not used",
  usage: "[OPTIONS]",
  examples: [
    { call: "system prune", what: "stopped containers, images without a name, the build cache" },
    { call: "system prune -a -f", what: "every image that no container uses as well, without asking" },
  ],
  flags: pruneFlags,
  arguments: { min: 0, max: 0 },
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store }) {
    const all = flags.boolean("all");
    const warning = [
      "WARNING! This will remove:",
      "  - all stopped containers",
      all ? "  - all images without at least one container associated to them" : "  - all dangling images",
      "  - all build cache",
      "",
    ].join("\n");
    if (!flags.boolean("force") && !(await confirm(terminal, warning))) return 0;
    const local = await store();
    const { listContainers, removeContainer } = await import("../../container/mod.ts");
    for (const container of await listContainers(local)) {
      if (container.state.kind !== "running") await removeContainer(local, container);
    }
    const { pruneBuildCache } = await import("../../build/mod.ts");
    await pruneBuildCache(local);
    printReport(terminal, await local.prune({ dangling: true, all }), "Deleted Images:");
    return 0;
  },
} satisfies Command;
