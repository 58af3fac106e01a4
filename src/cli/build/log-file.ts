import { openSync, writeSync } from "node:fs";
import { messageOf } from "../../lib/mod.ts";
import { usage } from "../flags.ts";
import type { Terminal } from "../terminal.ts";
import { visible } from "../text/visible.ts";

/** `--logfile`: what would go to standard error is added to a file. @throws KasaneError `usage` */
export function logTerminal(terminal: Terminal, path: string | undefined): Terminal {
  if (path === undefined) return terminal;
  let descriptor: number;
  try {
    descriptor = openSync(path, "a", 0o644);
  } catch (error) {
    throw usage(`cannot write the log to ${path}: ${messageOf(error)}`, "build", {
      hint: "name a file that can be written with --logfile",
    });
  }
  const drawErr = (text: string) => void writeSync(descriptor, text);
  return { ...terminal, drawErr, err: (text) => drawErr(visible(text)), isErrTty: false };
}
