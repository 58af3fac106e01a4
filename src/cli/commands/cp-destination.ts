import { errnoOf, isKasaneError, KasaneError, messageOf } from "../../lib/mod.ts";

/** Copies to a path of this machine. Where there is no room it is not the store that has to be cleared. */
export async function toDestination<T>(destination: string, copy: () => Promise<T>): Promise<T> {
  try {
    return await copy();
  } catch (error) {
    // A device says it as it is.
    const isFull = errnoOf(error) === "ENOSPC" && !isKasaneError(error);
    if (!isFull && !isKasaneError(error, "no-space")) throw error;
    throw new KasaneError(
      "no-space",
      isFull ? `cannot write ${destination}: no space left` : messageOf(error),
      {
        hint: `free some space where ${destination} is, or copy to another place`,
        cause: error,
      },
    );
  }
}
