import { isatty } from "node:tty";
import { feed } from "./pipe.ts";
import { ptyStdio } from "./pty.ts";
import type { Stdio } from "./sandbox.ts";
import type { StepStdio } from "./stdio.ts";
import { callerWindowSize, makeRaw } from "./terminal-modes.ts";
import { writeWhole } from "./writer.ts";

/**
 * Stdio by a terminal of the step's own. What is typed at the caller's terminal goes there unchanged, and the step's terminal has the size of
 * the caller's.
 */
export function terminalStdio(stdio: Extract<Stdio, { kind: "terminal" }>): StepStdio {
  let over = false;
  let restore: (() => void) | undefined;
  const inner = ptyStdio({
    size: callerWindowSize(),
    async receive(chunk) {
      await stdio.tee?.("stdout", chunk);
      return writeWhole(1, chunk);
    },
    onOpen(master) {
      const resize = () => master.resize(callerWindowSize());
      process.on("SIGWINCH", resize);
      // Only now: what goes wrong before is told on a terminal in its usual mode.
      if (stdio.stdin && isatty(0) && !over) restore = makeRaw(0);
      const input = stdio.stdin ? feed(Bun.stdin.stream(), master) : undefined;
      return async () => {
        process.off("SIGWINCH", resize);
        await input?.stop();
      };
    },
  });
  return {
    ...inner,
    async finished() {
      over = true;
      try {
        await inner.finished();
      } finally {
        restore?.();
      }
    },
  };
}

/** Stdio by a terminal of the step's own, whose other side the caller has in its hands. */
export function handedTerminal({ size, output, onOpen }: Extract<Stdio, { kind: "pty" }>): StepStdio {
  return ptyStdio({
    size,
    async receive(chunk) {
      await output(chunk);
      return true;
    },
    onOpen(master) {
      onOpen(master);
      return async () => {};
    },
  });
}
