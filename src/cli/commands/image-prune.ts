import type { Command, CommandContext } from "../command.ts";
import { confirm } from "../confirm.ts";
import { parseFilters } from "../filters.ts";
import { type Flag, usage } from "../flags.ts";
import { rowFormatFlag } from "../format/row-format.ts";
import { hasRule, localRetentionFlags } from "../registries/retention-flags.ts";
import { pruneFilterFlag, pruneFilters, selectTargets } from "../space/prune-filters.ts";
import { tellImages, tellReclaimable, tellReclaimed } from "../space/prune-report.ts";

/** Those of every prune. */
export const pruneFlags: readonly Flag[] = [
  { name: "all", short: "a", type: "boolean", help: "Also images with names that no container uses" },
  { name: "force", short: "f", type: "boolean", help: "Do not ask" },
  pruneFilterFlag,
];

export default {
  name: "image prune",
  summary: "Remove unused images",
  usage: "[OPTIONS] [REPOSITORY...]",
  description:
    "Removes images without a name, and whatever an interrupted command left behind. With one of the --keep flags it removes tags instead: of every repository those that no flag keeps, and images with their last tag. What a container uses stays in any case.",
  examples: [
    { call: "image prune", what: "images that lost their name to a newer build" },
    { call: "image prune -a -f", what: "every image that no container uses, without asking" },
    { call: "image prune -a --filter until=720h", what: "those that were made more than 30 days ago" },
    { call: "image prune --keep 3 'team/*' --dry-run", what: "what keeping the last three tags would free" },
    { call: "image prune --keep-semver 2x1 --keep-tag latest app", what: "two version lines, and latest" },
  ],
  flags: [
    ...pruneFlags,
    { name: "dry-run", type: "boolean", help: "Only tell what would go, and what that would free" },
    ...localRetentionFlags,
    rowFormatFlag,
  ],
  arguments: { min: 0 },
  needsPrivilege: "where-possible",
  async run(context) {
    const { flags } = context;
    if (hasRule(flags, localRetentionFlags) || flags.arguments.length > 0) {
      if (flags.strings("filter").length > 0)
        throw usage("--filter cannot be used together with --keep flags", "image prune");
      return (await import("./image-prune-tags.ts")).pruneTags(context);
    }
    return pruneUnused(context);
  },
} satisfies Command;

async function pruneUnused({ flags, terminal, store, signal }: CommandContext): Promise<number> {
  const filters = parseFilters(flags.strings("filter"), [...pruneFilters, "dangling"], "image prune");
  const isDryRun = flags.boolean("dry-run");
  const all = flags.boolean("all") || isFalse(filters.get("dangling"));
  const warning = all
    ? "WARNING! This will remove all images without at least one container associated to them."
    : "WARNING! This will remove all dangling images.";
  if (!isDryRun && !flags.boolean("force") && !(await confirm({ terminal, signal }, warning))) {
    tellReclaimed(terminal, 0);
    return 0;
  }
  const local = await store();
  const only = await selectTargets(local, filters);
  const dryRun = isDryRun ? new (await import("../../store/mod.ts")).DryRun() : undefined;
  const report = await local.prune({ dangling: true, all, ...(only && { only }), ...(dryRun && { dryRun }) });
  tellImages(terminal, report);
  if (isDryRun) tellReclaimable(terminal, report.freedBytes);
  else tellReclaimed(terminal, report.freedBytes);
  return 0;
}

/** Docker's other way to say `-a`. */
function isFalse(values: readonly string[] | undefined): boolean {
  return values?.some((value) => /^(false|0)$/i.test(value)) ?? false;
}
