import { isKasaneError } from "../../lib/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Container } from "../container.ts";
import { removeVolume } from "./volumes.ts";

/**
 * Removes the volumes that were made for a container and that no other one has. While the container is still there: who is killed in the middle can remove
 * it again, and finds what is left.
 */
export async function discardVolumes(
  store: LocalStore,
  { id, settings }: Pick<Container, "id" | "settings">,
): Promise<void> {
  for (const mount of settings.mounts) {
    if (mount.kind !== "volume" || !mount.isAnonymous) continue;
    try {
      await removeVolume(store, mount.name, { except: id });
    } catch (error) {
      if (!isKasaneError(error, "conflict") && !isKasaneError(error, "not-found")) throw error;
    }
  }
}
