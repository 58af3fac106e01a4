import { errnoOf, isKasaneError } from "../lib/mod.ts";
import { whileClaimed } from "../meta/while-claimed.ts";
import type { StoreParts } from "./store-parts.ts";
import { removeAside } from "./work-directory.ts";

/** Removes a directory of the store whose key nobody holds, unless `isKept` says under the claim that it is to stay. Returns the bytes freed. */
export function removeUnclaimed(
  parts: StoreParts,
  directory: {
    readonly key: string;
    readonly path: string;
    readonly isKept: () => Promise<boolean>;
    readonly sizeOf: (path: string) => number;
  },
): Promise<number> {
  const { key, path, isKept, sizeOf } = directory;
  return whileClaimed(parts.meta, [key], async (claimed) => {
    if (claimed.length === 0) return 0;
    try {
      if (await isKept()) return 0;
      const sizeBytes = sizeOf(path);
      return (await removeAside(parts.root, parts.lease, path)) ? sizeBytes : 0;
    } catch (error) {
      if (!isLeftForLater(error)) throw error;
      return 0;
    }
  });
}

/**
 * True where this process may not remove something, because its files belong to other uids of a user namespace. It is out of
 * the way, in `ROOT/tmp/`, and goes with the next prune from inside that namespace.
 */
export function isLeftForLater(error: unknown): boolean {
  if (!isKasaneError(error, "io")) return false;
  const errno = errnoOf(error.cause);
  return errno === "EACCES" || errno === "EPERM";
}
