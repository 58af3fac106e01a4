import { closeSync, constants, openSync } from "node:fs";
import {
  AT_FDCWD,
  errnoNameOf,
  MOVE_MOUNT_F_EMPTY_PATH,
  MOVE_MOUNT_T_SYMLINKS,
  O_CLOEXEC,
  OPEN_TREE_CLONE,
  sys,
} from "./kernel.ts";
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

/**
 * A mount of the program `pid`, attached nowhere: only from inside its mount namespace one can be taken, so that is entered for a moment.
 */
export function takeMount(pid: number, path: string): number {
  const own = openSync("/proc/self/ns/mnt", constants.O_RDONLY);
  const root = openSync("/", constants.O_RDONLY | constants.O_DIRECTORY);
  joinRoot(pid);
  try {
    return sys("open_tree", AT_FDCWD, path, OPEN_TREE_CLONE | O_CLOEXEC);
  } finally {
    sys("setns", own, CLONE_NEWNS);
    sys("fchdir", root);
    sys("chroot", ".");
    closeSync(own);
    closeSync(root);
  }
}

/** Puts what takeMount() took into its place. */
export function placeMount(tree: number, target: string): void {
  sys("move_mount", tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS);
  closeSync(tree);
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? errnoNameOf(error);
}
