import type { FFIFunction, Library, Pointer } from "bun:ffi";
import { arch } from "node:process";
import { KasaneError, messageOf } from "../errors.ts";
import { SystemError } from "./system-error.ts";

/** Functions of the C library, and what they say when they fail. */
export interface Libc<Fns extends Readonly<Record<string, FFIFunction>>> {
  readonly call: Library<Fns>["symbols"];
  /** The `errno` of this thread. Meaningful right after a call that failed, before anything else runs. */
  errno(): number;
  /**
   * Passes a call's result on when it is not negative.
   * @throws SystemError with the errno's name as `code`
   */
  check(result: number, syscall: string, path?: string): number;
  check(result: bigint, syscall: string, path?: string): bigint;
}

const errnoLocation = { __errno_location: { args: [], returns: "ptr" } } as const;

/**
 * Opens the C library (glibc or musl) for `symbols`. Call it inside the function that needs it: opening costs about a
 * millisecond, and most commands need none of it; `bun:ffi` itself is loaded here for the same reason.
 * @throws KasaneError `unsupported` where there is no such library or symbol
 */
export function openLibc<const Fns extends Readonly<Record<string, FFIFunction>>>(symbols: Fns): Libc<Fns> {
  const { read } = require("bun:ffi") as typeof import("bun:ffi");
  const library = dlopenFirst({ ...symbols, ...errnoLocation });
  const call = library.symbols as unknown as Library<Fns>["symbols"];
  const location = (library.symbols as unknown as { __errno_location(): Pointer }).__errno_location();
  const errno = () => read.i32(location, 0);
  const check = <R extends number | bigint>(result: R, syscall: string, path?: string): R => {
    if (result < 0) throw new SystemError(errno(), syscall, path);
    return result;
  };
  return { call, errno, check: check as Libc<Fns>["check"] };
}

function dlopenFirst<Fns extends Readonly<Record<string, FFIFunction>>>(symbols: Fns): Library<Fns> {
  const { dlopen } = require("bun:ffi") as typeof import("bun:ffi");
  const machine = arch === "arm64" ? "aarch64" : "x86_64";
  let failure: unknown;
  for (const name of ["libc.so.6", `libc.musl-${machine}.so.1`, "libc.so"]) {
    try {
      return dlopen(name, symbols);
    } catch (error) {
      failure ??= error;
    }
  }
  throw new KasaneError("unsupported", `cannot use the C library: ${messageOf(failure)}`, {
    hint: "Kasane runs on Linux with glibc or musl, on x86-64 and arm64",
    cause: failure,
  });
}
