import { closeSync } from "node:fs";
import { errnoOf } from "../lib/mod.ts";
import { O_CLOEXEC, sys } from "./stage/kernel.ts";

/**
 * A real pipe. What Bun.spawn calls "pipe" is a socket, and a socket cannot be opened again: `> /dev/stdout` fails
 * in it (images whose logs are links to /dev/stdout rely on it).
 */
export function openPipe(): { readonly readEnd: number; readonly writeEnd: number } {
  const ends = new Int32Array(2);
  sys("pipe2", ends, O_CLOEXEC);
  return { readEnd: ends[0]!, writeEnd: ends[1]! };
}

/** Takes a chunk; false when no more is wanted. */
export type Receiver = (chunk: Uint8Array) => Promise<boolean>;

/** Hands what comes out of `fd` to `receive` until everybody has closed the other end or no more is wanted, and closes it. */
export async function drain(fd: number, receive: Receiver): Promise<void> {
  try {
    for await (const chunk of Bun.file(fd).stream()) if (!(await receive(chunk))) break;
  } finally {
    closeSync(fd);
  }
}

const F_SETFL = 4;
const O_WRONLY_NONBLOCK = 0o4001;

/** Something that takes bytes at the speed of whoever reads the other end. */
export interface Feeder {
  write(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Writes into `fd` without ever holding up this process. A reader that went away is no error: it had enough. */
export function feeder(fd: number): Feeder {
  sys("fcntl", fd, F_SETFL, O_WRONLY_NONBLOCK);
  const sink = Bun.file(fd).writer();
  let isOpen = true;
  const quietly = async (work: () => unknown) => {
    try {
      await work();
    } catch (error) {
      if (errnoOf(error) !== "EPIPE") throw error;
    }
  };
  return {
    write: (chunk) =>
      quietly(async () => {
        if (!isOpen) return;
        sink.write(chunk);
        await sink.flush();
      }),
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await quietly(() => sink.end());
      closeSync(fd);
    },
  };
}

/** Passes `source` on until it ends or `stop` is called. */
export function feed(source: ReadableStream<Uint8Array>, into: Feeder): { stop(): Promise<void> } {
  const reader = source.getReader();
  const done = (async () => {
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        await into.write(value);
      }
    } catch {
      // Whoever gave the stream learns of its failure; the program sees an end.
    }
    await into.close();
  })();
  return {
    async stop() {
      await reader.cancel().catch(() => {});
      await into.close();
      await done;
    },
  };
}
