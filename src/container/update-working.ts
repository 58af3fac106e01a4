import { KasaneError } from "../lib/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { type Container, encodeContainer } from "./container.ts";
import { findContainer, getContainer } from "./find-container.ts";
import type { WorkingSettings } from "./working-settings.ts";

/** A container that `from` made. */
export interface WorkingContainer extends Container {
  readonly settings: Container["settings"] & { readonly working: WorkingSettings };
}

export function isWorking(container: Container | undefined): container is WorkingContainer {
  return container?.settings.working !== undefined;
}

/** By name or id. @throws KasaneError `not-found` where there is none, or one of `run` and `create` */
export async function getWorkingContainer(store: LocalStore, idOrName: string): Promise<WorkingContainer> {
  const container = await findContainer(store, idOrName);
  if (isWorking(container)) return container;
  const wrong =
    container === undefined
      ? await getContainer(store, idOrName).catch((error: unknown) => error)
      : undefined;
  throw new KasaneError("not-found", `no such working container: ${idOrName}`, {
    hint:
      container !== undefined
        ? "it is a container of 'run' or 'create'; 'kasane from IMAGE' makes a working container"
        : ((wrong as KasaneError).hint?.replace("kasane ps -a", "kasane containers") ??
          "'kasane containers' lists what there is"),
    data: { exitCode: 125 },
  });
}

/** Changes what a working container is to become; one at a time, whoever else changes it. */
export async function updateWorking(
  store: LocalStore,
  id: string,
  change: (settings: WorkingContainer["settings"]) => WorkingContainer["settings"],
): Promise<WorkingContainer> {
  return store.withLease("config", async (lease) => {
    const key = `container-settings:${id}`;
    for (let waitMs = 2; !(await store.meta.leases.lock(lease, key)); waitMs = Math.min(waitMs * 1.5, 100))
      await Bun.sleep(waitMs);
    const container = await getWorkingContainer(store, id);
    const changed = { ...container, settings: change(container.settings) };
    await store.meta.containers.update(id, encodeContainer(changed));
    return changed;
  });
}
