import { constants, openSync } from "node:fs";
import { errnoNameOf, sys } from "./kernel.ts";
import { StageFailure } from "./plan.ts";

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;

/**
 * Moves this thread into the mount namespace of the program `pid`, to its root. The kernel lets no thread do that which shares its root with
 * others, as the runtime's threads do, so it parts from them first: it is about to become another program anyway.
 */
export function joinRoot(pid: number): void {
  try {
    const namespace = openSync(`/proc/${pid}/ns/mnt`, constants.O_RDONLY);
    sys("unshare", CLONE_FS);
    sys("setns", namespace, CLONE_NEWNS);
  } catch (error) {
    throw new StageFailure(`cannot enter the container: ${codeOf(error)}`, {
      hint: "it may just have ended: 'kasane ps -a' tells",
    });
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? errnoNameOf(error);
}
