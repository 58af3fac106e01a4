import { fstatSync } from "node:fs";
import { attempt, partDescriptors, type SystemCall, sys, sysAll, sysEach, sysHere } from "./kernel.ts";

const SIG_SETMASK = 2;
const CLOSE_RANGE_CLOEXEC = 4;
const RLIMIT_NOFILE = 7;
const lastSignal = 64;

/** Signal handling as a fresh program expects it: the runtime ignores SIGPIPE, and that would outlive execve(). */
export function resetSignals(): void {
  sysAll(defaultSignals());
}

/** The calls that resetSignals() makes. */
export function defaultSignals(): readonly SystemCall[] {
  const action = new BigUint64Array(4);
  const signals = Array.from({ length: lastSignal }, (_, index) => index + 1);
  // SIGKILL and SIGSTOP have none.
  return [
    ...signals.map((signal): SystemCall => ["rt_sigaction", signal, action, null, 8]),
    ["rt_sigprocmask", SIG_SETMASK, new BigUint64Array(1), null, 8],
  ];
}

const SIGCHLD = 17;
const SIG_IGN = 1n;

/** Who ignores the ends of children, as this process was told to be by some that started it, never hears how one ended. */
export function hearOfChildren(): void {
  const present = new BigUint64Array(4);
  sysHere("rt_sigaction", SIGCHLD, null, present, 8);
  if (present[0] === SIG_IGN) sysHere("rt_sigaction", SIGCHLD, new BigUint64Array(4), null, 8);
}

const F_DUPFD_CLOEXEC = 1030;

/** Puts the program's own descriptors in their places, wherever they are. */
export function placeStdio(descriptors: readonly [number, number, number]): void {
  const aside = descriptors.map((fd) => sysHere("fcntl", fd, F_DUPFD_CLOEXEC, descriptors.length));
  partDescriptors(aside);
  sysEach(aside.map((fd, place) => ["dup3", fd, place, 0]));
}

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
  sysHere("prlimit64", 0, RLIMIT_NOFILE, null, present);
  const soft = BigInt(limit) < present[1]! ? BigInt(limit) : present[1]!;
  sys("prlimit64", 0, RLIMIT_NOFILE, BigUint64Array.of(soft, present[1]!), null);
}
