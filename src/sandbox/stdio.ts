import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";
import { drain, feed, feeder, openPipe } from "./pipe.ts";
import type { Stdio, StepOutput } from "./sandbox.ts";

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

/** Stdio by pipes, or by the caller's own descriptors where those are files or pipes. */
export function plainStdio(stdio: Exclude<Stdio, { kind: "terminal" }>): StepStdio {
  const own: number[] = [];
  const drains: (() => Promise<void>)[] = [];
  const out = (output: (chunk: Uint8Array) => void): number => {
    const { readEnd, writeEnd } = openPipe();
    own.push(writeEnd);
    drains.push(() => drain(readEnd, output));
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
    const to = (stream: Parameters<StepOutput>[0]) => out((chunk) => output(stream, chunk));
    descriptors = [stdin === undefined ? nothing() : input(() => stdin), to("stdout"), to("stderr")];
  } else {
    // Not the caller's terminal itself: a program with that could read what is typed for others, and change its modes.
    const outputTo = (fd: number, stream: NodeJS.WriteStream) =>
      isatty(fd) ? out((chunk) => void stream.write(chunk)) : fd;
    const stdin = !stdio.stdin ? nothing() : isatty(0) ? input(() => Bun.stdin.stream()) : 0;
    descriptors = [stdin, outputTo(1, process.stdout), outputTo(2, process.stderr)];
  }

  let draining: Promise<unknown> = Promise.resolve();
  let moving: { stop(): Promise<void> } | undefined;
  return {
    descriptors,
    begin() {
      draining = Promise.all(drains.map((drain) => drain()));
      moving = startInput?.();
    },
    async finished() {
      for (const fd of own) closeSync(fd);
      await Promise.all([draining, moving?.stop()]);
    },
  };
}
