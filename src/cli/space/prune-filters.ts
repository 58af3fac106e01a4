import type { Digest } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import { type Filters, matchesLabels, untilFilter } from "../filters.ts";
import type { Flag } from "../flags.ts";
import { imageSummaries } from "../images/image-summaries.ts";

/** Docker's own give it no letter: `-f` is `--force`. */
export const pruneFilterFlag: Flag = {
  name: "filter",
  type: "strings",
  value: "NAME=VALUE",
  help: "Only what matches: until=24h, label=KEY[=VALUE], label!=KEY[=VALUE]",
};

export const pruneFilters = ["until", "label", "label!"] as const;

/** What docker's filters leave of things that have labels and were made at some time. */
export function pruneSelection(
  filters: Filters,
): (thing: { createdAtMs?: number; labels: Readonly<Record<string, string>> }) => boolean {
  const until = untilFilter(filters, Date.now());
  return ({ createdAtMs = 0, labels }) =>
    (until === undefined || createdAtMs <= until) && matchesLabels(filters, labels);
}

/** The targets of images that the filters leave; undefined where there are none. */
export async function selectTargets(
  store: LocalStore,
  filters: Filters,
): Promise<ReadonlySet<Digest> | undefined> {
  const isSelected = pruneSelection(filters);
  if (!pruneFilters.some((name) => filters.has(name))) return undefined;
  const images = await imageSummaries(store);
  return new Set(images.filter(isSelected).map(({ record }) => record.target));
}
