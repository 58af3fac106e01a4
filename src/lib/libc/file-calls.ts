import { constants } from "node:fs";
import { arch } from "node:process";
import type { CString } from "./c-string.ts";
import { type Libc, openLibc } from "./open-libc.ts";
import { SystemError } from "./system-error.ts";

/** Flags that `node:fs` does not name. */
export const O_PATH = 0o10000000;
export const O_CLOEXEC = 0o2000000;
/** How every directory on the way to a name is opened: a link in its place is an error, never followed. */
export const OPEN_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | O_CLOEXEC;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_REMOVEDIR = 0x200;
export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;

const symbols = {
  openat: { args: ["i32", "ptr", "i32", "u32"], returns: "i32" },
  mkdirat: { args: ["i32", "ptr", "u32"], returns: "i32" },
  symlinkat: { args: ["ptr", "i32", "ptr"], returns: "i32" },
  linkat: { args: ["i32", "ptr", "i32", "ptr", "i32"], returns: "i32" },
  renameat: { args: ["i32", "ptr", "i32", "ptr"], returns: "i32" },
  unlinkat: { args: ["i32", "ptr", "i32"], returns: "i32" },
  readlinkat: { args: ["i32", "ptr", "ptr", "usize"], returns: "i32" },
  fchown: { args: ["i32", "u32", "u32"], returns: "i32" },
  fchownat: { args: ["i32", "ptr", "u32", "u32", "i32"], returns: "i32" },
  fchmod: { args: ["i32", "u32"], returns: "i32" },
  flock: { args: ["i32", "i32"], returns: "i32" },
  fchmodat: { args: ["i32", "ptr", "u32", "i32"], returns: "i32" },
  utimensat: { args: ["i32", "ptr", "ptr", "i32"], returns: "i32" },
  futimens: { args: ["i32", "ptr"], returns: "i32" },
  statx: { args: ["i32", "ptr", "i32", "u32", "ptr"], returns: "i32" },
  fsetxattr: { args: ["i32", "ptr", "ptr", "usize", "i32"], returns: "i32" },
  lsetxattr: { args: ["ptr", "ptr", "ptr", "usize", "i32"], returns: "i32" },
  lgetxattr: { args: ["ptr", "ptr", "ptr", "usize"], returns: "i32" },
  llistxattr: { args: ["ptr", "ptr", "usize"], returns: "i32" },
  lremovexattr: { args: ["ptr", "ptr"], returns: "i32" },
  lseek: { args: ["i32", "i64", "i32"], returns: "i32" },
  // Older C libraries have no mknodat() or getdents64() of their own, so these two go by number.
  syscall: { args: ["i64", "i64", "ptr", "i64", "i64"], returns: "i32" },
} as const;

/** Of system calls that older C libraries have no function for. */
export const systemCalls =
  arch === "arm64" ? { mknodat: 33, getdents64: 61 } : { mknodat: 259, getdents64: 217 };

/**
 * System calls on names inside an open directory. They answer as the kernel does: what is negative is `-errno`, so that an expected
 * EEXIST or ENOENT costs no exception; ok() throws for the rest.
 */
export type FileCalls = { [Name in Exclude<keyof typeof symbols, "syscall">]: Call<Name> } & {
  mknodat(directory: number, name: CString, mode: number, major: number, minor: number): number;
  /** Fills `buffer` with `linux_dirent64` records; 0 at the end. */
  getdents64(directory: number, buffer: Uint8Array): number;
};
type Call<Name extends keyof typeof symbols> = Libc<typeof symbols>["call"][Name];

let calls: FileCalls | undefined;

/** Opens the C library on first use. */
export function fileCalls(): FileCalls {
  calls ??= open();
  return calls;
}

function open(): FileCalls {
  const { call, errno } = openLibc(symbols);
  const opened: Record<string, unknown> = {};
  for (const name of Object.keys(symbols) as (keyof typeof symbols)[]) {
    const function_ = call[name] as unknown as (...args: unknown[]) => number;
    opened[name] = bySignature(function_, symbols[name].args.length, errno);
  }
  const syscall = opened.syscall as (n: number, a: number, b: Uint8Array, c: number, d: number) => number;
  opened.mknodat = (directory: number, name: CString, mode: number, major: number, minor: number) =>
    syscall(systemCalls.mknodat, directory, name, mode, deviceNumber(major, minor));
  opened.getdents64 = (directory: number, buffer: Uint8Array) =>
    syscall(systemCalls.getdents64, directory, buffer, buffer.length, 0);
  return opened as FileCalls;
}

type AnyCall = (...args: never[]) => number;

/** A wrapper of fixed arity: spreading arguments would cost more than most of the calls. */
function bySignature(call: (...args: unknown[]) => number, arity: number, errno: () => number): AnyCall {
  const done = (result: number) => (result < 0 ? -errno() : result);
  switch (arity) {
    case 2:
      return ((a: unknown, b: unknown) => done(call(a, b))) as AnyCall;
    case 3:
      return ((a: unknown, b: unknown, c: unknown) => done(call(a, b, c))) as AnyCall;
    case 4:
      return ((a: unknown, b: unknown, c: unknown, d: unknown) => done(call(a, b, c, d))) as AnyCall;
    default:
      return ((a: unknown, b: unknown, c: unknown, d: unknown, e: unknown) =>
        done(call(a, b, c, d, e))) as AnyCall;
  }
}

/** Linux's 64-bit `dev_t` as the kernel's mknod takes it: 12 bits of major, 20 of minor. */
function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & 0xfff00) << 12);
}

/** @throws SystemError for a negative result */
export function ok(result: number, syscall: string, name?: string): number {
  if (result < 0) throw new SystemError(-result, syscall, name);
  return result;
}
