import { sendDescriptors } from "./descriptors.ts";
import { openInside, pathOf } from "./inside.ts";
import { AT_FDCWD, attempt, O_CLOEXEC, O_NOCTTY, O_RDWR, sys, sysHere } from "./kernel.ts";
import { bind, type Furnishing, mountInside } from "./mount.ts";
import type { StagePlan } from "./plan.ts";

const TIOCSCTTY = 0x540e;
const TIOCSWINSZ = 0x5414;
const TIOCGPTN = 0x80045430;
const TIOCSPTLCK = 0x40045431;

/** The step's side of its terminal. */
export interface StepTerminal {
  readonly fd: number;
  /** As it is called inside. */
  readonly name: string;
}

/**
 * Opens a terminal of the root's own /dev/pts, and sends its master side over the socket `to`. A terminal of the host would have a name that does not
 * exist inside, and could not be the controlling terminal of the step.
 */
export function openTerminal(
  { root }: Pick<Furnishing, "root">,
  { size, to }: { size: NonNullable<StagePlan["terminal"]>; to: number },
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
  sendDescriptors(to, [{ fd: master, tag: 0 }]);
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

/** Gives the step's terminal, or a pipe it inherits, to the user it runs as: else /dev/stdout could not be opened again. */
export function giveTo(fd: number, uid: number, gid: number): void {
  attempt(() => sysHere("fchown", fd, uid, gid), "EPERM", "EINVAL", "EROFS", "EACCES");
}
