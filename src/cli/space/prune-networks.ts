import type { LocalStore } from "../../store/mod.ts";
import { type Filters, matchesLabels, untilFilter } from "../filters.ts";

/** Removes the networks that no container is a member of, and tells their names. */
export async function pruneNetworks(store: LocalStore, filters: Filters): Promise<string[]> {
  const { isMember, listContainers, listNetworks, removeNetwork } = await import("../../container/mod.ts");
  const containers = await listContainers(store);
  const until = untilFilter(filters, Date.now()) ?? Number.POSITIVE_INFINITY;
  const isUnused = (name: string) =>
    !containers.some((one) => one.settings.network === name || isMember(one, name));
  const removed = listNetworks(store).filter(
    ({ name, createdAtMs, labels }) =>
      createdAtMs <= until && matchesLabels(filters, labels) && isUnused(name),
  );
  for (const network of removed) removeNetwork(store, network);
  return removed.map(({ name }) => name);
}
