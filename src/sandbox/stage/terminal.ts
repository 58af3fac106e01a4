import { cString } from "../../lib/libc/mod.ts";
import { openInside, pathOf } from "./inside.ts";
import { AT_FDCWD, addressOf, attempt, O_CLOEXEC, O_NOCTTY, O_RDWR, sys } from "./kernel.ts";
import { bind, type Furnishing, mountInside } from "./mount.ts";
import { type StagePlan, TERMINAL_FD } from "./plan.ts";

const TIOCSCTTY = 0x540e;
const TIOCSWINSZ = 0x5414;
const TIOCGPTN = 0x80045430;
const TIOCSPTLCK = 0x40045431;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;

/** The step's side of its terminal. */
export interface StepTerminal {
  readonly fd: number;
  /** As it is called inside. */
  readonly name: string;
}

/**
 * Opens a terminal of the root's own /dev/pts, and hands its master side to the caller. A terminal of the host would have a name that does not
 * exist inside, and could not be the controlling terminal of the step.
 */
export function openTerminal(
  { root }: Pick<Furnishing, "root">,
  size: NonNullable<StagePlan["terminal"]>,
  path = "/dev/pts/ptmx",
): StepTerminal {
  const multiplexer = openInside(root, path)!;
  const master = sys("openat", AT_FDCWD, pathOf(multiplexer), O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
  sys("ioctl", master, TIOCSPTLCK, Int32Array.of(0));
  const number = new Int32Array(1);
  sys("ioctl", master, TIOCGPTN, number);
  sys("ioctl", master, TIOCSWINSZ, Uint16Array.of(size.rows, size.columns, 0, 0));
  const name = `/dev/pts/${number[0]}`;
  const fd = sys("openat", AT_FDCWD, pathOf(openInside(root, name)!), O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
  sendDescriptor(TERMINAL_FD, master);
  return { fd, name };
}

/** Shows the terminal of a container's first program as /dev/console. */
export function showConsole(furnishing: Furnishing, { name }: StepTerminal): void {
  mountInside(furnishing, "/dev/console", "file", (target) =>
    bind(pathOf(openInside(furnishing.root, name)!), target),
  );
}

/** Makes `terminal` the controlling terminal of this process, which leads a session. */
export function controlTerminal(terminal: number): void {
  sys("ioctl", terminal, TIOCSCTTY, 0);
}

/** Sends one descriptor with one byte over a Unix socket (unix(7), cmsg(3)). */
function sendDescriptor(socket: number, fd: number): void {
  const byte = cString("t").subarray(0, 1);
  const vector = BigUint64Array.of(addressOf(byte), 1n);
  const control = new DataView(new ArrayBuffer(24));
  control.setBigUint64(0, 20n, true); // header and one int
  control.setInt32(8, SOL_SOCKET, true);
  control.setInt32(12, SCM_RIGHTS, true);
  control.setInt32(16, fd, true);
  const controlBytes = new Uint8Array(control.buffer);
  // struct msghdr: name, its length, vector, count, control, its length, flags.
  const message = BigUint64Array.of(0n, 0n, addressOf(vector), 1n, addressOf(controlBytes), 24n, 0n);
  sys("sendmsg", socket, message, 0);
}

/** Gives the step's terminal, or a pipe it inherits, to the user it runs as: else /dev/stdout could not be opened again. */
export function giveTo(fd: number, uid: number, gid: number): void {
  attempt(() => sys("fchown", fd, uid, gid), "EPERM", "EINVAL", "EROFS", "EACCES");
}
