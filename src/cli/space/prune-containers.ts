import { isKasaneError } from "../../lib/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Filters } from "../filters.ts";
import { pruneSelection } from "./prune-filters.ts";

/** Removes the containers that do not run and that the filters leave. */
export async function pruneContainers(
  store: LocalStore,
  filters: Filters,
): Promise<{ ids: string[]; freedBytes: number }> {
  const { clearLostRuns, containerSize, isWorking, listContainers, removeContainer } = await import(
    "../../container/mod.ts"
  );
  const isSelected = pruneSelection(filters);
  const ids: string[] = [];
  let freedBytes = 0;
  for (const container of await listContainers(store)) {
    // Somebody is in the middle of making an image of it.
    if (isWorking(container)) continue;
    const { id, createdAtMs, settings, state } = container;
    if (state.kind === "running" || !isSelected({ createdAtMs, labels: settings.config.Labels ?? {} }))
      continue;
    const sizeBytes = containerSize(store, id);
    try {
      await removeContainer(store, container);
    } catch (error) {
      // Somebody started or removed it meanwhile.
      if (isKasaneError(error, "conflict") || isKasaneError(error, "not-found")) continue;
      throw error;
    }
    ids.push(id);
    freedBytes += sizeBytes;
  }
  await clearLostRuns(store);
  return { ids, freedBytes };
}
