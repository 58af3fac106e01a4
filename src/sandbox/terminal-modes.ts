import { isatty } from "node:tty";
import type { WindowSize } from "./sandbox.ts";
import { sys } from "./stage/kernel.ts";

const TCGETS = 0x5401;
const TCSETSW = 0x5403;
const TIOCGWINSZ = 0x5413;
const TIOCSWINSZ = 0x5414;

/** Offsets in `struct termios` of the kernel, and what raw mode changes in each (cfmakeraw(3)). */
const inputFlags = { offset: 0, cleared: 0o1 | 0o2 | 0o10 | 0o40 | 0o100 | 0o200 | 0o400 | 0o2000, set: 0 };
const outputFlags = { offset: 4, cleared: 0o1, set: 0 };
const controlFlags = { offset: 8, cleared: 0o60 | 0o400, set: 0o60 };
const localFlags = { offset: 12, cleared: 0o1 | 0o2 | 0o10 | 0o100 | 0o100000, set: 0 };
const VTIME = 17 + 5;
const VMIN = 17 + 6;

/**
 * Puts the terminal `fd` into raw mode: every key goes to the program, Ctrl-C too.
 * @returns puts it back as it was; idempotent, and done at exit in any case
 */
export function makeRaw(fd: number): () => void {
  const before = new Uint8Array(64);
  sys("ioctl", fd, TCGETS, before);
  const raw = new DataView(new Uint8Array(before).buffer);
  for (const flags of [inputFlags, outputFlags, controlFlags, localFlags]) {
    const kept = raw.getUint32(flags.offset, true) & ~flags.cleared;
    raw.setUint32(flags.offset, kept | flags.set, true);
  }
  raw.setUint8(VMIN, 1);
  raw.setUint8(VTIME, 0);
  sys("ioctl", fd, TCSETSW, new Uint8Array(raw.buffer));
  let isRaw = true;
  const restore = () => {
    if (!isRaw) return;
    isRaw = false;
    process.off("exit", restore);
    sys("ioctl", fd, TCSETSW, before);
  };
  process.on("exit", restore);
  return restore;
}

/** The size of the caller's terminal, by whichever of its descriptors is one. */
export function callerWindowSize(): WindowSize {
  const fd = [1, 0, 2].find((candidate) => isatty(candidate));
  const size = new Uint16Array(4);
  if (fd !== undefined) sys("ioctl", fd, TIOCGWINSZ, size);
  return { columns: size[1] || 80, rows: size[0] || 24 };
}

export function setWindowSize(fd: number, { columns, rows }: WindowSize): void {
  sys("ioctl", fd, TIOCSWINSZ, Uint16Array.of(rows, columns, 0, 0));
}
