import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import { KasaneError } from "../errors.ts";
import { fileCalls, LOCK_EX, LOCK_NB } from "./file-calls.ts";

const patienceMs = 10_000;

/**
 * The kernel's lock on a directory, for changes that read first: gone with the process, whatever ends it.
 * @returns gives it up
 * @throws KasaneError `conflict` where another process keeps it for long
 */
export async function lockDirectory(path: string): Promise<() => void> {
  const descriptor = openSync(path, "r");
  for (const deadline = performance.now() + patienceMs; isTaken(descriptor, LOCK_EX); ) {
    if (performance.now() > deadline) {
      closeSync(descriptor);
      throw new KasaneError("conflict", `another process has been changing ${path} for 10 seconds`, {
        hint: "wait for it to end, and try again",
      });
    }
    await Bun.sleep(5);
  }
  return () => closeSync(descriptor);
}

/** Asks for the lock. A file system without locks has none that others could have. */
export function isTaken(descriptor: number, kind: number): boolean {
  const result = fileCalls().flock(descriptor, kind | LOCK_NB);
  return result === -constants.errno.EAGAIN || result === -constants.errno.EINTR;
}
