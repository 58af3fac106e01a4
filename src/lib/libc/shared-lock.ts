import { closeSync, openSync } from "node:fs";
import { KasaneError } from "../errors.ts";
import { fileCalls, LOCK_EX, LOCK_NB, LOCK_SH } from "./file-calls.ts";
import { isTaken } from "./lock-directory.ts";

const patienceMs = 60_000;

/** The kernel's lock on a directory that many hold at once: gone with the process, whatever ends it. */
export interface SharedLock {
  /** Gives it up. Where nobody else has it any more, `alone` runs first, and whoever comes meanwhile waits. */
  release(alone?: () => Promise<void>): Promise<void>;
}

/** @throws KasaneError `conflict` where somebody who is alone with it takes very long */
export async function lockShared(path: string): Promise<SharedLock> {
  const descriptor = openSync(path, "r");
  for (const deadline = performance.now() + patienceMs; isTaken(descriptor, LOCK_SH); ) {
    if (performance.now() > deadline) {
      closeSync(descriptor);
      throw new KasaneError("conflict", `another process has kept ${path} locked for a minute`, {
        hint: "wait for it to end, and try again",
      });
    }
    await Bun.sleep(5);
  }
  return {
    async release(alone) {
      try {
        if (alone && fileCalls().flock(descriptor, LOCK_EX | LOCK_NB) >= 0) await alone();
      } finally {
        closeSync(descriptor);
      }
    },
  };
}
