import type { Pointer } from "bun:ffi";
import { closeSync } from "node:fs";
import { arch } from "node:process";
import { cString, errnoName, openLibc, SystemError } from "../../lib/libc/mod.ts";

/**
 * System calls by number, for this thread only. What the C library wraps differs between glibc, musl and their versions, and its
 * setuid() family changes every thread through signals, which a process about to call execve() has no use for.
 */
const numbers = {
  //                   x86_64, aarch64
  dup3: [292, 24],
  fchdir: [81, 50],
  chroot: [161, 51],
  fcntl: [72, 25],
  ioctl: [16, 29],
  utimensat: [280, 88],
  fchown: [93, 55],
  openat: [257, 56],
  write: [1, 64],
  execveat: [322, 281],
  mkdirat: [258, 34],
  symlinkat: [266, 36],
  readlinkat: [267, 78],
  fstatfs: [138, 44],
  pipe2: [293, 59],
  memfd_create: [319, 279],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  mount_setattr: [442, 442],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fchownat: [260, 54],
  sethostname: [170, 161],
  socket: [41, 198],
  socketpair: [53, 199],
  sendmsg: [46, 211],
  recvmsg: [47, 212],
  prlimit64: [302, 261],
  prctl: [157, 167],
  capget: [125, 90],
  capset: [126, 91],
  seccomp: [317, 277],
  keyctl: [250, 219],
  setgroups: [116, 159],
  setresgid: [119, 149],
  setresuid: [117, 147],
  setsid: [112, 157],
  setns: [308, 268],
  unshare: [272, 97],
  umask: [95, 166],
  rt_sigaction: [13, 134],
  rt_sigprocmask: [14, 135],
  close_range: [436, 436],
  execve: [59, 221],
  copy_file_range: [326, 285],
  renameat2: [316, 276],
  newfstatat: [262, 79],
  faccessat: [269, 48],
  read: [0, 63],
  close: [3, 57],
  chdir: [80, 49],
  mmap: [9, 222],
  mprotect: [10, 226],
  futex: [202, 98],
  kill: [62, 129],
  wait4: [61, 260],
  exit_group: [231, 94],
  clone: [56, 220],
  mknodat: [259, 33],
} as const satisfies Record<string, readonly [number, number]>;

export type SyscallName = keyof typeof numbers;
/** A string is passed as a C string, an array as its address, null as a null pointer. */
export type SyscallArgument = number | string | NodeJS.TypedArray | null;

type Raw = (...args: (number | bigint)[]) => number | bigint;

let raw:
  | { call: Raw; clone: Raw; errno: () => number; ptr: (view: NodeJS.TypedArray) => Pointer }
  | undefined;

function open() {
  const libc = openLibc({
    syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64" },
    // The system call would come back on a stack that is empty.
    clone: { args: ["i64", "i64", "i32", "i64", "i64", "i64", "i64"], returns: "i32" },
  });
  const { ptr } = require("bun:ffi") as typeof import("bun:ffi");
  const { syscall, clone } = libc.call as unknown as Record<"syscall" | "clone", Raw>;
  return { call: syscall, clone, errno: libc.errno, ptr };
}

/** clone(2) whose child calls the machine code at `code`: its pid, or the negative errno. */
export function cloneHere(
  code: number,
  {
    stack,
    flags,
    argument,
    clearedAtEnd,
  }: Readonly<Record<"stack" | "flags" | "argument" | "clearedAtEnd", number>>,
): number {
  raw ??= open();
  const pid = Number(raw.clone(code, stack, flags, argument, 0, 0, clearedAtEnd));
  return pid < 0 ? -raw.errno() : pid;
}

/** Whoever makes system calls in place of this thread, with its memory and its descriptors, but in namespaces of its own. */
export interface Performer {
  /** What they returned: negative errnos for those that failed. All are made, whether others fail or not. */
  perform(calls: readonly KernelCall[]): number[];
  /** What was opened and not closed again. */
  readonly opened: Set<number>;
  /** Its descriptors are no longer those of this process. */
  isApart: boolean;
}

export interface KernelCall {
  readonly number: number;
  readonly args: readonly number[];
}

let performer: Performer | undefined;

/** Has `other`, or this thread itself, make the system calls of `work`. */
export function performedBy<T>(other: Performer | undefined, work: () => T): T {
  const before = performer;
  performer = other;
  try {
    return work();
  } finally {
    performer = before;
  }
}

const opening: readonly SyscallName[] = ["openat", "open_tree", "memfd_create", "socket"];

/**
 * Calls the kernel.
 * @throws SystemError with the errno's name as `code`
 */
export function sys(name: SyscallName, ...args: SyscallArgument[]): number {
  return checked(
    name,
    args,
    performer === undefined ? callHere(name, ...args) : performed([[name, ...args]])[0]!,
  );
}

/** sys() by this thread itself: for what is the same in all namespaces, as a walk that begins with a descriptor. */
export function sysHere(name: SyscallName, ...args: SyscallArgument[]): number {
  return checked(name, args, callHere(name, ...args));
}

export type SystemCall = readonly [name: SyscallName, ...args: SyscallArgument[]];

/** Calls the kernel several times, whatever comes of it: the results, or negative errnos. */
export function sysAll(calls: readonly SystemCall[]): number[] {
  return performer === undefined ? calls.map((call) => callHere(...call)) : performed(calls);
}

const CLONE_FILES = 0x400;

/** From here on nothing is opened or closed for this process, which has no more use for `left`. */
export function partDescriptors(left: readonly number[]): void {
  if (performer === undefined) return;
  sys("unshare", CLONE_FILES);
  performer.isApart = true;
  for (const fd of left) closeSync(fd);
}

/** sysAll() of what has to work, but for the named failures. @throws SystemError of the first that did not */
export function sysEach(calls: readonly SystemCall[], ...expected: readonly string[]): void {
  sysAll(calls).forEach((result, index) => {
    if (result >= 0 || expected.includes(errnoName(-result))) return;
    const [name, ...args] = calls[index]!;
    throw failed(name, args, result);
  });
}

function failed(name: SyscallName, args: readonly SyscallArgument[], result: number): SystemError {
  return new SystemError(
    -result,
    name,
    args.find((value) => typeof value === "string"),
  );
}

/** Closes what sys() has opened. */
export function close(fd: number): void {
  if (performer?.isApart) {
    sys("close", fd);
    return;
  }
  closeSync(fd);
  performer?.opened.delete(fd);
}

function checked(name: SyscallName, args: readonly SyscallArgument[], result: number): number {
  if (result < 0) throw failed(name, args, result);
  if (performer?.isApart === false && opening.includes(name)) performer.opened.add(result);
  return result;
}

/** The result, or the negative errno. */
export function callHere(name: SyscallName, ...args: SyscallArgument[]): number {
  raw ??= open();
  // Held here so that what the kernel reads is not collected while it reads.
  const views = viewsOf(args);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = numbersOf(views);
  const result = Number(raw.call(numberOf(name), a, b, c, d, e, f));
  return result < 0 ? -raw.errno() : result;
}

function performed(calls: readonly SystemCall[]): number[] {
  raw ??= open();
  return performer!.perform(
    calls.map(([name, ...args]) => {
      const views = viewsOf(args);
      for (const view of views) if (typeof view === "object" && view !== null) held.push(view);
      return { number: numberOf(name), args: numbersOf(views) };
    }),
  );
}

export function numberOf(name: SyscallName): number {
  return numbers[name][arch === "arm64" ? 1 : 0];
}

type View = number | NodeJS.TypedArray | null;

function viewsOf(args: readonly SyscallArgument[]): View[] {
  return args.map((value) => (typeof value === "string" ? cString(value) : value));
}

function numbersOf(views: readonly View[]): number[] {
  return views.map((value) =>
    value === null
      ? 0
      : typeof value === "number"
        ? value
        : value.length === 0
          ? 0
          : (raw!.ptr(value) as number),
  );
}

let held: NodeJS.TypedArray[] = [];

/** The address of `view`, for structures that hold pointers. The view is kept until forgetAddresses(), as all that a performer is handed. */
export function addressOf(view: NodeJS.TypedArray): bigint {
  raw ??= open();
  held.push(view);
  return BigInt(raw.ptr(view));
}

/** To be called where nothing reads any more what addressOf() was asked for. */
export function forgetAddresses(): void {
  held = [];
}

/** The errno name of a failed call, and rethrows what is not one. */
export function errnoNameOf(error: unknown): string {
  if (error instanceof SystemError) return error.code;
  throw error;
}

/** Runs `call` and passes over the named failures: true when it worked. */
export function attempt(call: () => unknown, ...expected: readonly string[]): boolean {
  try {
    call();
    return true;
  } catch (error) {
    const code = errnoNameOf(error);
    if (expected.length > 0 && !expected.includes(code)) throw error;
    return false;
  }
}

export const AT_FDCWD = -100;
export const AT_EMPTY_PATH = 0x1000;
export const AT_RECURSIVE = 0x8000;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const OPEN_TREE_CLONE = 1;
export const MOVE_MOUNT_F_EMPTY_PATH = 4;
/** The target is a link of /proc that leads to it. */
export const MOVE_MOUNT_T_SYMLINKS = 0x10;

export const O_PATH = 0o10000000;
export const O_CLOEXEC = 0o2000000;
export const O_NOFOLLOW = arch === "arm64" ? 0o100000 : 0o400000;
export const O_DIRECTORY = arch === "arm64" ? 0o40000 : 0o200000;
export const O_NOCTTY = 0o400;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_RDWR = 2;

export const MS_RDONLY = 1;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_NOEXEC = 8;
export const MS_REMOUNT = 32;
export const MS_BIND = 4096;
export const MS_REC = 16384;
export const MS_PRIVATE = 1 << 18;
export const MS_SLAVE = 1 << 19;
export const MS_SHARED = 1 << 20;
export const MNT_DETACH = 2;

export const MOUNT_ATTR_RDONLY = 1;
export const MOUNT_ATTR_NOSUID = 2;
export const MOUNT_ATTR_NODEV = 4;
export const MOUNT_ATTR_NOEXEC = 8;
