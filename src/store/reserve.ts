import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isKasaneError } from "../lib/errors.ts";

/** Enough for the log of a large removal. */
const reserveBytes = 4 * 1024 * 1024;

/**
 * Runs one step that frees space, twice where it must. On a disk that is full to the last block even a removal fails, because what is to be
 * removed is written down first; so a few megabytes are set aside in `ROOT/reserve`, and given up for another try.
 */
export async function withReserve<T>(root: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!giveUpReserve(root, error)) throw error;
    return step();
  }
}

/** Frees the reserve where `error` came of a full disk; false where it did not, or where there is none any more. */
export function giveUpReserve(root: string, error: unknown): boolean {
  const path = join(root, "reserve");
  if (!isKasaneError(error, "no-space") || !existsSync(path)) return false;
  rmSync(path, { force: true });
  return true;
}

/** Sets the reserve aside, again where it was used. A disk without that much room has no reserve. */
export function keepReserve(root: string): void {
  const path = join(root, "reserve");
  if (existsSync(path)) return;
  try {
    writeFileSync(path, new Uint8Array(reserveBytes), { flag: "wx" });
  } catch {
    rmSync(path, { force: true });
  }
}
