import { writeSync } from "node:fs";

/** Where a command prints. Results go to `out`, everything else (progress, warnings, prompts) to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Writes bytes to standard output with backpressure: archives. */
  outBytes(chunk: Uint8Array): Promise<void>;
  readonly isOutTty: boolean;
  readonly isErrTty: boolean;
  readonly isInTty: boolean;
  /** Columns of the terminal, 80 when unknown. */
  columns(): number;
}

export function processTerminal(): Terminal {
  return {
    out: (text) => writeAll(1, Buffer.from(text)),
    err: (text) => writeAll(2, Buffer.from(text)),
    outBytes: async (chunk) => {
      if (!process.stdout.write(chunk)) await new Promise((resolve) => process.stdout.once("drain", resolve));
    },
    // Asked when needed: Node's streams take a third of the start-up of a command that only prints.
    get isOutTty() {
      return process.stdout.isTTY === true;
    },
    get isErrTty() {
      return process.stderr.isTTY === true;
    },
    get isInTty() {
      return process.stdin.isTTY === true;
    },
    columns: () => process.stdout.columns || process.stderr.columns || 80,
  };
}

/** Synchronous, so that output is in order and complete whatever ends the process. A closed pipe ends it quietly, as `| head` expects. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code === "EAGAIN") {
        Bun.sleepSync(1);
        continue;
      }
      if (code === "EPIPE") process.exit(141);
      throw error;
    }
  }
}
