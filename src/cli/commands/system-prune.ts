import type { BuildCacheEntry } from "../../build/mod.ts";
import { KasaneError } from "../../lib/errors.ts";
import type { Command } from "../command.ts";
import { confirm } from "../confirm.ts";
import { type Filters, parseFilters } from "../filters.ts";
import { say } from "../messages/say.ts";
import { pruneCache } from "../space/prune-cache.ts";
import { pruneContainers } from "../space/prune-containers.ts";
import { pruneFilters, pruneSelection, selectTargets } from "../space/prune-filters.ts";
import { pruneNetworks } from "../space/prune-networks.ts";
import { tellImages, tellList, tellReclaimed } from "../space/prune-report.ts";
import { pruneUnusedVolumes } from "../space/prune-volumes.ts";
import { grammar } from "../tools/tool.ts";
import { pruneFlags } from "./image-prune.ts";

export default {
  name: "system prune",
  summary: "Remove everything that is not used",
  usage: "[OPTIONS]",
  description:
    "Stopped containers, networks that no container uses, images without a name, and build cache that no image has. With a label filter the build cache stays: it has no labels. With --volumes also the volumes that were made for containers and that none has any more.",
  examples: [
    {
      call: "system prune",
      what: "stopped containers, unused networks, images without a name, unused build cache",
    },
    { call: "system prune -a -f", what: "every image that no container uses as well, without asking" },
    { call: "system prune --filter until=24h", what: "only what is older than a day" },
  ],
  flags: [
    ...pruneFlags,
    { name: "volumes", type: "boolean", help: "Also anonymous volumes that no container has" },
  ],
  arguments: { min: 0, max: 0 },
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store, signal }) {
    const [all, volumes] = [flags.boolean("all"), flags.boolean("volumes")];
    const given = flags.strings("filter");
    const filters = parseFilters(given, pruneFilters, "system prune");
    if (volumes && filters.has("until")) {
      throw new KasaneError("usage", 'The "until" filter is not supported with "--volumes"', {
        hint: "prune volumes by themselves: 'kasane volume prune'",
        data: { exitCode: 1 },
      });
    }
    if (!flags.boolean("force") && !(await confirm({ terminal, signal }, warningOf({ all, volumes, given }))))
      return 0;
    const local = await store();
    const containers = await pruneContainers(local, filters);
    tellList(terminal, "Deleted Containers:", containers.ids);
    tellList(terminal, "Deleted Networks:", await pruneNetworks(local, filters));
    const removed = volumes
      ? await pruneUnusedVolumes(local, filters, { all: grammar() === "podman" })
      : { names: [], freedBytes: 0 };
    tellList(terminal, "Deleted Volumes:", removed.names);
    const only = await selectTargets(local, filters);
    const images = await local.prune({ dangling: true, all, ...(only && { only }) });
    tellImages(terminal, images);
    const cache = await pruneCache(local, { all, select: cacheSelection(filters) });
    tellList(
      terminal,
      "Deleted build cache objects:",
      cache.entries.map(({ id }) => id),
    );
    tellReclaimed(
      terminal,
      containers.freedBytes + removed.freedBytes + images.freedBytes + cache.freedBytes,
    );
    return 0;
  },
} satisfies Command;

/** Docker's list. */
function warningOf(chosen: { all: boolean; volumes: boolean; given: readonly string[] }): string {
  const { all, volumes, given } = chosen;
  const what = [
    say("all stopped containers"),
    say("all networks not used by at least one container"),
    ...(volumes ? [say("all anonymous volumes not used by at least one container")] : []),
    all ? say("all images without at least one container associated to them") : say("all dangling images"),
    all ? say("all build cache") : say("all dangling build cache"),
  ];
  const items = [say("WARNING! This will remove:"), ...what.map((each) => `  - ${each}`), ""];
  if (given.length === 0) return items.join("\n");
  const filtered = [say("Items to be pruned will be filtered with:"), ...given.map((each) => `- ${each}`)];
  return [...items, ...filtered.map((line) => `  ${line}`), ""].join("\n");
}

/** What was not used since then; nothing where labels are asked for. */
function cacheSelection(filters: Filters): (entry: BuildCacheEntry) => boolean {
  const isSelected = pruneSelection(filters);
  const hasLabels = filters.has("label") || filters.has("label!");
  return ({ usedAtMs }) => !hasLabels && isSelected({ createdAtMs: usedAtMs, labels: {} });
}
