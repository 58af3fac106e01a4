import { errnoName } from "../../lib/libc/mod.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  close,
  MNT_DETACH,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  sys,
  sysAll,
} from "./kernel.ts";
import { StageFailure } from "./plan.ts";

/**
 * Makes `root` the root directory and lets go of the old one. What was below it is made read-only first, for a process that was started from there
 * and becomes the program without a starter (executeByStarter()): a root that names /proc/self/exe as interpreter could write to that file (CVE-2019-5736).
 */
export function enterRoot(root: number): void {
  const old = sys("openat", AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  const readOnly = BigUint64Array.of(1n, 0n, 0n, 0n);
  const [, pivoted = 0] = sysAll([
    ["fchdir", root],
    ["pivot_root", ".", "."],
    ["mount_setattr", old, "", AT_EMPTY_PATH | AT_RECURSIVE, readOnly, readOnly.byteLength],
    ["fchdir", old],
    ["umount2", ".", MNT_DETACH],
    ["fchdir", root],
  ]);
  if (pivoted < 0) {
    throw new StageFailure(`cannot change the root: ${errnoName(-pivoted)}`, {
      hint: "a chroot cannot hold another root; run kasane outside of it",
    });
  }
  close(old);
}
