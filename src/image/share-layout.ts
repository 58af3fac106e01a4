import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SharedLock } from "../lib/libc/mod.ts";
import { isKasaneError, KasaneError, makeOutputDirectory } from "../lib/mod.ts";

/**
 * Writes to a layout directory, which is made where it is not there, beside others who do. Whoever leaves last clears away what killed writers
 * left behind, and then does `alone`.
 * @throws KasaneError `no-space` and whatever `write` throws
 */
export async function shareLayout<T>(
  directory: string,
  write: () => Promise<T>,
  alone?: () => Promise<void>,
): Promise<T> {
  const lock = await lockLayout(directory);
  const tidy = async () => {
    await rm(join(directory, "uploads"), { recursive: true, force: true });
    await removeStale(directory);
    await alone?.();
  };
  let written: T;
  try {
    written = await write();
  } catch (error) {
    // Not over the failure itself.
    await lock.release(tidy).catch(() => {});
    // It is not the store that is full.
    if (!isKasaneError(error, "no-space")) throw error;
    throw new KasaneError("no-space", `cannot write to ${directory}: ${error.message}`, {
      hint: `free some space where ${directory} is, or name another directory`,
      cause: error,
    });
  }
  await lock.release(tidy);
  return written;
}

/** What of `index.json` and `oci-layout` was not yet whole. */
async function removeStale(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!/^\.(kasane-|index\.json\.|oci-layout\.)[0-9a-f-]+$/.test(name)) continue;
    await rm(join(directory, name), { force: true });
  }
}

async function lockLayout(directory: string): Promise<SharedLock> {
  const blobs = join(directory, "blobs");
  makeOutputDirectory(directory, blobs);
  const { lockShared } = await import("../lib/libc/mod.ts");
  return lockShared(blobs);
}
