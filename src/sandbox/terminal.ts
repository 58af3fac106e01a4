import { closeSync, openSync } from "node:fs";
import { isatty, ReadStream } from "node:tty";
import { errnoOf } from "../lib/mod.ts";
import { openSocketPair, receiveDescriptor } from "./descriptor-passing.ts";
import { type Feeder, feed, type Receiver } from "./pipe.ts";
import type { Stdio } from "./sandbox.ts";
import { sys } from "./stage/kernel.ts";
import type { StepStdio } from "./stdio.ts";
import { callerWindowSize, makeRaw, setWindowSize } from "./terminal-modes.ts";
import { writeWhole } from "./writer.ts";

const F_DUPFD_CLOEXEC = 1030;

/**
 * Stdio by a terminal of the step's own, made by the stage inside. What is typed at the caller's terminal goes there unchanged, and the
 * step's terminal has the size of the caller's.
 */
export function terminalStdio(stdio: Extract<Stdio, { kind: "terminal" }>): StepStdio {
  const { ours, theirs } = openSocketPair();
  const nothing = openSync("/dev/null", "r");
  let over = false;
  let session: Promise<void> = Promise.resolve();
  let stopInput: (() => Promise<void>) | undefined;
  let restore: (() => void) | undefined;

  const attach = async () => {
    const master = await receiveDescriptor(ours);
    if (master === undefined) return;
    const resize = () => setWindowSize(master, callerWindowSize());
    process.on("SIGWINCH", resize);
    // Only now: what goes wrong before is told on a terminal in its usual mode.
    if (stdio.stdin && isatty(0) && !over) restore = makeRaw(0);
    const input = stdio.stdin ? feed(Bun.stdin.stream(), masterFeeder(master)) : undefined;
    stopInput = input && (() => input.stop());
    try {
      await drainMaster(master, (chunk) => writeWhole(1, chunk));
    } finally {
      process.off("SIGWINCH", resize);
    }
  };

  return {
    descriptors: [nothing, nothing, nothing, theirs],
    terminal: callerWindowSize(),
    begin() {
      session = attach();
      // Its failure is told by finished().
      session.catch(() => {});
    },
    async finished() {
      over = true;
      closeSync(nothing);
      closeSync(theirs);
      try {
        await session;
        await stopInput?.();
      } finally {
        restore?.();
      }
    },
  };
}

/** drain() for a terminal, whose end reads as EIO. Closes it. */
async function drainMaster(master: number, receive: Receiver): Promise<void> {
  try {
    for await (const chunk of new ReadStream(master)) {
      if (!(await receive(chunk as Uint8Array))) break;
    }
  } catch (error) {
    if (errnoOf(error) !== "EIO") throw error;
  }
}

/** A feeder() that leaves the descriptor's flags alone: reading shares them. */
function masterFeeder(master: number): Feeder {
  const fd = sys("fcntl", master, F_DUPFD_CLOEXEC, 3);
  let isOpen = true;
  return {
    async write(chunk) {
      if (isOpen) await writeWhole(fd, chunk);
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      closeSync(fd);
    },
  };
}
