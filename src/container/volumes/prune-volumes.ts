import { isKasaneError } from "../../lib/mod.ts";
import { type LocalStore, listVolumes, treeBytes, type Volume, volumeData } from "../../store/mod.ts";
import { removeVolume, volumeUsers } from "./volumes.ts";

/** Removes volumes that no container has: those without a name of somebody's choice, or with `all` every one that `select` takes. */
export async function pruneVolumes(
  store: LocalStore,
  { all, select }: { readonly all: boolean; readonly select: (volume: Volume) => boolean },
): Promise<{ names: string[]; freedBytes: number }> {
  const users = await volumeUsers(store);
  const names: string[] = [];
  let freedBytes = 0;
  for (const volume of listVolumes(store.root)) {
    const { name, isAnonymous, options = {} } = volume;
    // One of another directory holds nothing itself, and somebody has set it up.
    const isOurs = Object.keys(options).length === 0;
    if (users.has(name) || !isOurs || !(all || isAnonymous) || !select(volume)) continue;
    const { sizeBytes } = treeBytes(volumeData(store.root, name));
    try {
      await removeVolume(store, name);
    } catch (error) {
      // Somebody took or removed it meanwhile.
      if (isKasaneError(error, "conflict") || isKasaneError(error, "not-found")) continue;
      throw error;
    }
    names.push(name);
    freedBytes += sizeBytes;
  }
  return { names, freedBytes };
}
