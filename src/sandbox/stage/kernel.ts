import type { Pointer } from "bun:ffi";
import { arch } from "node:process";
import { cString, openLibc, SystemError } from "../../lib/libc/mod.ts";

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
} as const satisfies Record<string, readonly [number, number]>;

export type SyscallName = keyof typeof numbers;
/** A string is passed as a C string, an array as its address, null as a null pointer. */
export type SyscallArgument = number | string | NodeJS.TypedArray | null;

type RawSyscall = (...args: (number | bigint)[]) => number | bigint;

let raw: { call: RawSyscall; errno: () => number; ptr: (view: NodeJS.TypedArray) => Pointer } | undefined;

function open() {
  const libc = openLibc({
    syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64" },
  });
  const { ptr } = require("bun:ffi") as typeof import("bun:ffi");
  return { call: libc.call.syscall as unknown as RawSyscall, errno: libc.errno, ptr };
}

/**
 * Calls the kernel.
 * @throws SystemError with the errno's name as `code`
 */
export function sys(name: SyscallName, ...args: SyscallArgument[]): number {
  raw ??= open();
  const { call, errno, ptr } = raw;
  const number = numbers[name][arch === "arm64" ? 1 : 0];
  // Held here so that what the kernel reads is not collected while it reads.
  const views = args.map((value) => (typeof value === "string" ? cString(value) : value));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = views.map((value) =>
    value === null ? 0 : typeof value === "number" ? value : value.length === 0 ? 0 : (ptr(value) as number),
  );
  const result = Number(call(number, a, b, c, d, e, f));
  if (result < 0)
    throw new SystemError(
      errno(),
      name,
      args.find((value) => typeof value === "string"),
    );
  return result;
}

const held: NodeJS.TypedArray[] = [];

/** The address of `view`, for structures that hold pointers. The view is kept from then on: for few and small ones. */
export function addressOf(view: NodeJS.TypedArray): bigint {
  raw ??= open();
  held.push(view);
  return BigInt(raw.ptr(view));
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
