import { KasaneError, messageOf } from "../lib/errors.ts";
import { visible } from "./text/visible.ts";

/**
 * Where a command prints. Results go to `out`, everything else (progress, warnings, prompts) to `err`. Both make what they are given
 * visible(), so that no command can forget it.
 */
export interface Terminal {
  out(text: string): void;
  /** As out(), for a command that prints once, and may have to wait: Node's file system takes longer to load than `kasane version` to run. */
  print(text: string): Promise<void>;
  err(text: string): void;
  /** Escape sequences of our own, as they are; whatever else is in the text went through visible() or visibleOutput(). */
  drawOut(text: string): void;
  drawErr(text: string): void;
  /** Writes bytes to standard output with backpressure: archives. */
  outBytes(chunk: Uint8Array): Promise<void>;
  readonly isOutTty: boolean;
  readonly isErrTty: boolean;
  readonly isInTty: boolean;
  /** Columns of the terminal, 80 when unknown. */
  columns(): number;
  /** Lines of the terminal, 24 when unknown. */
  rows(): number;
}

export function processTerminal(): Terminal {
  return {
    out: (text) => writeAll(1, visible(text)),
    print: (text) => writeOnce(visible(text)),
    err: (text) => writeAll(2, visible(text)),
    drawOut: (text) => writeAll(1, text),
    drawErr: (text) => writeAll(2, text),
    outBytes: (chunk) => writeAllLater(1, chunk),
    // Asked when needed, and only about what can be one: Node's streams take longer to load than most commands take as a whole.
    get isOutTty() {
      return mayBeTerminal(1) && process.stdout.isTTY === true;
    },
    get isErrTty() {
      return mayBeTerminal(2) && process.stderr.isTTY === true;
    },
    get isInTty() {
      return mayBeTerminal(0) && process.stdin.isTTY === true;
    },
    columns: () => process.stdout.columns || process.stderr.columns || 80,
    rows: () => process.stdout.rows || process.stderr.rows || 24,
  };
}

const fs = () => require("node:fs") as typeof import("node:fs");

/** The major number of /dev/null and its like. */
const memoryDevices = 1;

function mayBeTerminal(descriptor: number): boolean {
  try {
    const status = fs().fstatSync(descriptor);
    return status.isCharacterDevice() && status.rdev >> 8 !== memoryDevices;
  } catch {
    // It was closed before this process began.
    return false;
  }
}

/** Synchronous, so that output is in order and complete whatever ends the process. */
function writeAll(descriptor: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  const { writeSync } = fs();
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      if (isFull(error)) Bun.sleepSync(1);
      // Where even complaints cannot be written there is nobody to tell.
      else if (descriptor === 2) return;
      else throw outputError(error);
    }
  }
}

async function writeOnce(text: string): Promise<void> {
  try {
    await Bun.write(Bun.stdout, text);
  } catch (error) {
    if (!isFull(error)) throw outputError(error);
  }
}

/** Leaves the event loop running while a reader takes its time: leases are renewed there. */
async function writeAllLater(descriptor: number, bytes: Uint8Array): Promise<void> {
  const { write } = fs();
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += await new Promise<number>((resolve, reject) => {
        write(descriptor, bytes, offset, (error, length) => (error ? reject(error) : resolve(length)));
      });
    } catch (error) {
      if (!isFull(error)) throw outputError(error);
      await Bun.sleep(1);
    }
  }
}

/** True for a pipe that is full for now. A closed one ends the process quietly, as `| head` expects. */
function isFull(error: unknown): boolean {
  const { code } = error as { code?: string };
  if (code === "EAGAIN") return true;
  if (code === "EPIPE") process.exit(141);
  return false;
}

function outputError(error: unknown): KasaneError {
  const { code } = error as { code?: string };
  const reason = code === "ENOSPC" ? "no space left on the device" : (code ?? messageOf(error));
  return new KasaneError("io", `cannot write to standard output: ${reason}`, { cause: error });
}
