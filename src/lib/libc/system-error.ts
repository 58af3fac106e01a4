import { constants } from "node:os";

/** A failed system call, shaped like the errors of `node:fs` so that errnoOf() reads both. */
export class SystemError extends Error {
  override readonly name = "SystemError";
  /** `EPERM`, `ENOTSUP` … */
  readonly code: string;
  /** Negative, as Node has it. */
  readonly errno: number;
  readonly syscall: string;
  readonly path: string | undefined;

  constructor(errno: number, syscall: string, path?: string) {
    const code = errnoName(errno);
    super(`${code}: ${syscall}${path === undefined ? "" : ` ${JSON.stringify(path)}`}`);
    this.code = code;
    this.errno = -errno;
    this.syscall = syscall;
    this.path = path;
  }
}

let names: Map<number, string> | undefined;

/** `EPERM` for 1. Where two names share a number (EAGAIN, EWOULDBLOCK; ENOTSUP, EOPNOTSUPP) the first that Linux lists. */
export function errnoName(errno: number): string {
  if (names === undefined) {
    names = new Map();
    for (const [name, number] of Object.entries(constants.errno)) {
      if (!names.has(number)) names.set(number, name);
    }
    // Aliases by the name that callers ask for.
    names.set(constants.errno.ENOTSUP, "ENOTSUP");
    names.set(constants.errno.EAGAIN, "EAGAIN");
  }
  return names.get(errno) ?? `E${errno}`;
}
