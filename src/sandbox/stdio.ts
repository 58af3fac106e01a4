import { closeSync, fstatSync, openSync } from "node:fs";
import { isatty } from "node:tty";
import { drain, feed, feeder, openPipe, type Receiver } from "./pipe.ts";
import type { Stdio, StepOutput } from "./sandbox.ts";
import { writeWhole } from "./writer.ts";

/** The descriptors of a step, and what moves bytes between them and the caller. */
export interface StepStdio {
  /** In the order of the stage's descriptors. They stay open to the end: a start may be tried twice. */
  readonly descriptors: readonly number[];
  readonly terminal?: { readonly columns: number; readonly rows: number };
  /** Begins to move bytes. */
  begin(): void;
  /** The step is over: closes the descriptors, and resolves when everything that was written to them has been delivered. */
  finished(): Promise<void>;
}

/**
 * Stdio by pipes, or by the caller's own descriptors where those are files or pipes. Not the caller's terminal: a program with that could
 * read what is typed for others, and change its modes. And not a socket, which cannot be opened again as /dev/stdout.
 */
export function plainStdio(stdio: Exclude<Stdio, { kind: "terminal" | "pty" }>): StepStdio {
  const own: number[] = [];
  const drains: (() => Promise<void>)[] = [];
  const out = (receive: Receiver): number => {
    const { readEnd, writeEnd } = openPipe();
    own.push(writeEnd);
    drains.push(() => drain(readEnd, receive));
    return writeEnd;
  };
  const nothing = (): number => {
    const fd = openSync("/dev/null", "r");
    own.push(fd);
    return fd;
  };
  let startInput: (() => { stop(): Promise<void> }) | undefined;
  const input = (open: () => ReadableStream<Uint8Array>): number => {
    const { readEnd, writeEnd } = openPipe();
    own.push(readEnd);
    startInput = () => feed(open(), feeder(writeEnd));
    return readEnd;
  };

  let descriptors: number[];
  if (stdio.kind === "pipe") {
    const { stdin, output } = stdio;
    const to = (stream: Parameters<StepOutput>[0]) =>
      out(async (chunk) => {
        await output(stream, chunk);
        return true;
      });
    descriptors = [stdin === undefined ? nothing() : input(() => stdin), to("stdout"), to("stderr")];
  } else {
    const { tee } = stdio;
    const outputTo = (fd: number, stream: Parameters<StepOutput>[0]) =>
      tee === undefined && canBeGiven(fd)
        ? fd
        : out(async (chunk) => {
            await tee?.(stream, chunk);
            return writeWhole(fd, chunk);
          });
    const stdin = !stdio.stdin ? nothing() : canBeGiven(0) ? 0 : input(() => Bun.stdin.stream());
    descriptors = [stdin, outputTo(1, "stdout"), outputTo(2, "stderr")];
  }

  let draining: Promise<unknown> = Promise.resolve();
  let moving: { stop(): Promise<void> } | undefined;
  return {
    descriptors,
    begin() {
      draining = Promise.all(drains.map((drain) => drain()));
      // Its failure is told by finished().
      draining.catch(() => {});
      moving = startInput?.();
    },
    async finished() {
      for (const fd of own) closeSync(fd);
      await Promise.all([draining, moving?.stop()]);
    },
  };
}

function canBeGiven(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isFile() || stat.isFIFO() || (stat.isCharacterDevice() && !isatty(fd));
}
