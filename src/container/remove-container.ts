import { rmSync } from "node:fs";
import { join } from "node:path";
import { isKasaneError, KasaneError, namesIn } from "../lib/mod.ts";
import { clearOutbound } from "../network/mod.ts";
import { cgroupNames, findCgroup, isAbandoned, privilege, removeCgroup } from "../sandbox/mod.ts";
import { type LocalStore, withReserve } from "../store/mod.ts";
import { type Container, containerKey } from "./container.ts";
import { containerDirectory } from "./container-directory.ts";
import { listRecords } from "./find-container.ts";
import { mountedRoot, unmountRoot } from "./mounted-root.ts";
import { forgetLostMembers } from "./network/members.ts";
import { discardVolumes } from "./volumes/discard-volumes.ts";

/**
 * Removes a container with its writable directory, and with `volumes` those that were made for it. Its image stays.
 * @throws KasaneError `conflict` while it runs
 */
export async function removeContainer(
  store: LocalStore,
  container: Container,
  { volumes = false }: { volumes?: boolean } = {},
): Promise<void> {
  const { id, name, state } = container;
  if (state.kind === "running") {
    throw new KasaneError("conflict", `cannot remove container ${name}: it is running`, {
      hint: `stop it first, or use 'kasane rm -f ${name}'`,
    });
  }
  await removeGroups(container);
  if (volumes) await discardVolumes(store, container);
  await discardContainer(store, id);
}

/** The end of a container that goes when it has ended: with its volumes, as docker has it. */
export async function discardEnded(
  store: LocalStore,
  container: Pick<Container, "id" | "settings">,
): Promise<void> {
  await removeGroups(container);
  await discardVolumes(store, container);
  await discardContainer(store, container.id);
}

/** What ran a container does that itself, unless it was killed. */
async function removeGroups({
  id,
  settings: { isolation },
}: Pick<Container, "id" | "settings">): Promise<void> {
  const left = findCgroup(id, { parent: isolation?.cgroupParent });
  if (left !== undefined) await removeCgroup(left);
}

/** The row first: a directory without one is nobody's, and the next sweep removes it. A container that filled the disk makes room for that. */
export async function discardContainer(store: LocalStore, id: string): Promise<void> {
  try {
    await store.meta.containers.delete(id);
  } catch (error) {
    if (!isKasaneError(error, "no-space")) throw error;
    removeRoot(store, id);
    await withReserve(store.root, () => store.meta.containers.delete(id));
  }
  removeRoot(store, id);
}

/**
 * Clears up after commands that were killed: `--rm` containers whose process is gone, directories without a row; and mounted images that are not mounted
 * any more.
 */
export async function sweepContainers(store: LocalStore): Promise<void> {
  await clearLostRuns(store);
  for (const { id, state, settings } of await listRecords(store)) {
    if (settings.isImageMount && privilege() === "root" && mountedRoot(store, id) === undefined)
      await discardContainer(store, id);
    if (!settings.removeWhenDone || state.kind !== "exited") continue;
    if (!(await store.meta.leases.isHeld(containerKey(id)))) await discardEnded(store, { id, settings });
  }
  for (const id of namesIn(join(store.root, "containers"))) {
    if ((await store.meta.containers.get(id))?.id !== id) await removeRoot(store, id);
  }
}

/** Clears this machine of what processes that ran containers have left when they were killed. */
export async function clearLostRuns(store: LocalStore): Promise<void> {
  await clearOutbound({ isRoot: privilege() === "root" });
  await forgetLostMembers(store);
  await removeLostCgroups(store, new Set(namesIn(join(store.root, "containers"))));
}

/** Control groups of this store's containers that nobody runs any more, with what is left in them; of stores that are gone, those that stand empty. */
async function removeLostCgroups(store: LocalStore, ids: ReadonlySet<string>): Promise<void> {
  for (const name of cgroupNames()) {
    if (ids.has(name) && (await store.meta.leases.isHeld(containerKey(name)))) continue;
    const cgroup = findCgroup(name);
    if (cgroup !== undefined && (ids.has(name) || isAbandoned(cgroup))) await removeCgroup(cgroup);
  }
}

/** Unmounted first: below a mount are the image's files, not the container's. */
function removeRoot(store: LocalStore, id: string): void {
  unmountRoot(store, id);
  rmSync(containerDirectory(store, id), { recursive: true, force: true });
}
