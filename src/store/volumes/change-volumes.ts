import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../lib/mod.ts";
import type { LocalStore } from "../local-store.ts";
import { storeError } from "../store-error.ts";
import { encodeVolume, readVolume, type Volume, volumeDirectory, volumeFile } from "./volume-files.ts";

/**
 * Makes a volume, or finds it made: it comes into its place whole, by one rename. Hold its key first.
 * @throws KasaneError `no-space`, `io`
 */
export async function makeVolume(
  store: Pick<LocalStore, "root" | "workDirectory">,
  volume: Volume,
): Promise<{ volume: Volume; isNew: boolean }> {
  const present = readVolume(store.root, volume.name);
  if (present !== undefined) return { volume: present, isNew: false };
  const work = await store.workDirectory("volume");
  try {
    const fresh = join(work.path, "volume");
    // Whoever passes through root's store may pass through its volumes.
    const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
    await mkdir(join(store.root, "volumes"), { recursive: true, mode });
    await mkdir(fresh, { mode });
    await mkdir(join(fresh, "_data"));
    await chmod(join(fresh, "_data"), 0o755);
    await writeFile(join(fresh, volumeFile), encodeVolume(volume), { mode: 0o600 });
    await rename(fresh, volumeDirectory(store.root, volume.name));
    return { volume, isNew: true };
  } catch (error) {
    const isThere = ["EEXIST", "ENOTEMPTY"].includes(errnoOf(error) ?? "");
    const other = isThere ? readVolume(store.root, volume.name) : undefined;
    if (other !== undefined) return { volume: other, isNew: false };
    throw storeError(`make the volume ${volume.name}`, error);
  } finally {
    await work.dispose();
  }
}

/** Takes a volume out of its place by one rename, and then removes its files. Claim its key first. False where it was not there. */
export async function removeVolumeFiles(
  store: Pick<LocalStore, "root" | "workDirectory">,
  name: string,
): Promise<boolean> {
  const work = await store.workDirectory("removed-volume");
  try {
    await rename(volumeDirectory(store.root, name), join(work.path, "volume"));
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw storeError(`remove the volume ${name}`, error);
  } finally {
    await work.dispose();
  }
}
