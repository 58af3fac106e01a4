import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { close, O_CLOEXEC, sys } from "./kernel.ts";

const O_WRONLY = 1;

/** Writes `text` into a file of the kernel, which takes it whole. By sys(): its answer depends on who writes. */
export function writeInto(directory: number, path: string, text: string): void {
  const fd = sys("openat", directory, path, O_WRONLY | O_CLOEXEC, 0);
  try {
    const bytes = Buffer.from(text);
    sys("write", fd, bytes, bytes.length);
  } finally {
    close(fd);
  }
}

/** With the mode it is to have, whatever this process has for umask. */
export function makeFile(path: string, text = ""): void {
  writeFileSync(path, text);
  chmodSync(path, 0o644);
}

export function makeDirectory(path: string): void {
  mkdirSync(path);
  chmodSync(path, 0o755);
}
