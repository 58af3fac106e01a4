import { closeSync, openSync } from "node:fs";
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
  const { flock } = fileCalls();
  for (const deadline = performance.now() + patienceMs; flock(descriptor, LOCK_EX | LOCK_NB) < 0; ) {
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
