import { fstatSync } from "node:fs";
import { attempt, sys } from "./kernel.ts";
import { STDIO_FD } from "./plan.ts";

const SIG_SETMASK = 2;
const CLOSE_RANGE_CLOEXEC = 4;
const RLIMIT_NOFILE = 7;
const lastSignal = 64;

/** Signal handling as a fresh program expects it: the runtime ignores SIGPIPE, and that would outlive execve(). */
export function resetSignals(): void {
  const action = new BigUint64Array(4);
  for (let signal = 1; signal <= lastSignal; signal++) {
    // SIGKILL and SIGSTOP are EINVAL.
    attempt(() => sys("rt_sigaction", signal, action, null, 8), "EINVAL");
  }
  sys("rt_sigprocmask", SIG_SETMASK, new BigUint64Array(1), null, 8);
}

/** Puts the program's own descriptors in their places. */
export function placeStdio(descriptors: readonly [number, number, number]): void {
  descriptors.forEach((fd, place) => {
    sys("dup3", fd, place, 0);
  });
}

/** The descriptors the caller prepared for the program. */
export const preparedStdio = [STDIO_FD, STDIO_FD + 1, STDIO_FD + 2] as const;

export function isPipe(fd: number): boolean {
  return fstatSync(fd).isFIFO();
}

/** An open directory of the host that slips into the program would be a way out of the root. */
export function closeOthersOnExec(): void {
  if (attempt(() => sys("close_range", 3, 0x7fffffff, CLOSE_RANGE_CLOEXEC), "ENOSYS", "EINVAL")) return;
  const FD_CLOEXEC = 1;
  const F_SETFD = 2;
  for (let fd = 3; fd < 1024; fd++) attempt(() => sys("fcntl", fd, F_SETFD, FD_CLOEXEC), "EBADF");
}

/** Lowers the soft limit of open files to what it was before the runtime raised it. */
export function restoreOpenFiles(limit: number): void {
  const present = new BigUint64Array(2);
  sys("prlimit64", 0, RLIMIT_NOFILE, null, present);
  const soft = BigInt(limit) < present[1]! ? BigInt(limit) : present[1]!;
  sys("prlimit64", 0, RLIMIT_NOFILE, BigUint64Array.of(soft, present[1]!), null);
}
