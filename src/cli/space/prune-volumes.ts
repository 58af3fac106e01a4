import type { LocalStore } from "../../store/mod.ts";
import { type Filters, matchesLabels } from "../filters.ts";

/** Removes the volumes that no container has and that the filters leave. */
export async function pruneUnusedVolumes(
  store: LocalStore,
  filters: Filters,
  { all }: { all: boolean },
): Promise<{ names: string[]; freedBytes: number }> {
  const { pruneVolumes } = await import("../../container/mod.ts");
  return pruneVolumes(store, { all, select: ({ labels = {} }) => matchesLabels(filters, labels) });
}
