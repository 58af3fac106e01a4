import { isKasaneError, KasaneError } from "../../lib/mod.ts";

/** Copies to a path of this machine. Where there is no room it is not the store that has to be cleared. */
export async function toDestination<T>(destination: string, copy: () => Promise<T>): Promise<T> {
  try {
    return await copy();
  } catch (error) {
    if (!isKasaneError(error, "no-space")) throw error;
    throw new KasaneError("no-space", error.message, {
      hint: `free some space where ${destination} is, or copy to another place`,
      cause: error,
    });
  }
}
