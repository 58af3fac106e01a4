import { familiarReference, parseReference } from "../../oci/mod.ts";
import type { PruneReport } from "../../store/mod.ts";
import type { Command } from "../command.ts";
import { confirm } from "../confirm.ts";
import type { Flag } from "../flags.ts";
import type { Terminal } from "../terminal.ts";
import { humanSize } from "../units.ts";

/** Those of every prune. */
export const pruneFlags: readonly Flag[] = [
  { name: "all", short: "a", type: "boolean", help: "Also images with names that no container uses" },
  { name: "force", short: "f", type: "boolean", help: "Do not ask" },
];

export default {
  name: "image prune",
  summary: "Remove unused images",
  usage: "[OPTIONS]",
  description: "Removes images without a name, and whatever an interrupted command left behind.",
  examples: [
    { call: "image prune", what: "images that lost their name to a newer build" },
    { call: "image prune -a -f", what: "every image that no container uses, without asking" },
  ],
  flags: pruneFlags,
  arguments: { min: 0, max: 0 },
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store }) {
    const all = flags.boolean("all");
    const warning = all
      ? "WARNING! This will remove all images without at least one container associated to them."
      : "WARNING! This will remove all dangling images.";
    if (!flags.boolean("force") && !(await confirm(terminal, warning))) return 0;
    printReport(terminal, await (await store()).prune({ dangling: true, all }), "Deleted Images:");
    return 0;
  },
} satisfies Command;

export function printReport(terminal: Terminal, report: PruneReport, title: string): void {
  if (report.untagged.length + report.deleted.length > 0) {
    terminal.out(`${title}\n`);
    for (const name of report.untagged)
      terminal.out(`untagged: ${familiarReference(parseReference(name))}\n`);
    for (const digest of report.deleted) terminal.out(`deleted: ${digest}\n`);
    terminal.out("\n");
  }
  terminal.out(`Total reclaimed space: ${humanSize(report.freedBytes)}\n`);
}
