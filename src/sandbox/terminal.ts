import { closeSync, openSync, write } from "node:fs";
import { isatty, ReadStream } from "node:tty";
import { errnoOf } from "../lib/mod.ts";
import { openSocketPair, receiveDescriptor } from "./descriptor-passing.ts";
import { type Feeder, feed } from "./pipe.ts";
import type { Stdio } from "./sandbox.ts";
import { sys } from "./stage/kernel.ts";
import type { StepStdio } from "./stdio.ts";
import { callerWindowSize, makeRaw, setWindowSize } from "./terminal-modes.ts";

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
      await drainMaster(master, (chunk) => void process.stdout.write(chunk));
    } finally {
      process.off("SIGWINCH", resize);
    }
  };

  return {
    descriptors: [nothing, nothing, nothing, theirs],
    terminal: callerWindowSize(),
    begin() {
      session = attach();
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
function drainMaster(master: number, receive: (chunk: Uint8Array) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stream = new ReadStream(master);
  stream.on("data", receive);
  stream.on("error", (error) => {
    if (errnoOf(error) !== "EIO") reject(error);
  });
  stream.on("close", resolve);
  return promise;
}

/** Blocking writes, off this thread: reading shares the descriptor's flags, and cannot do without them. */
function masterFeeder(master: number): Feeder {
  const fd = sys("fcntl", master, F_DUPFD_CLOEXEC, 3);
  let isOpen = true;
  return {
    async write(chunk) {
      for (let offset = 0; offset < chunk.length && isOpen; ) {
        const { promise, resolve } = Promise.withResolvers<number>();
        // A terminal nobody has open any more takes no input, which is no error here.
        write(fd, chunk, offset, chunk.length - offset, null, (error, written) =>
          resolve(error ? chunk.length : written),
        );
        offset += await promise;
      }
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      closeSync(fd);
    },
  };
}
