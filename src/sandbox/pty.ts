import { closeSync, openSync } from "node:fs";
import { ReadStream } from "node:tty";
import { errnoOf } from "../lib/mod.ts";
import { openSocketPair, receiveDescriptor } from "./descriptor-passing.ts";
import type { Feeder, Receiver } from "./pipe.ts";
import type { WindowSize } from "./sandbox.ts";
import { sys } from "./stage/kernel.ts";
import type { StepStdio } from "./stdio.ts";
import { setWindowSize } from "./terminal-modes.ts";
import { writeWhole } from "./writer.ts";

const F_DUPFD_CLOEXEC = 1030;

/** The side of a terminal that is not the step's. */
export interface Master extends Feeder {
  resize(size: WindowSize): void;
}

export interface MasterUse {
  readonly size: WindowSize;
  readonly receive: Receiver;
  /** Returns what is to be done when the step is over. */
  readonly onOpen: (master: Master) => () => Promise<void>;
}

/** Stdio by a terminal of the step's own, which the stage makes inside: its master side comes over a socket. */
export function ptyStdio({ size, receive, onOpen }: MasterUse): StepStdio {
  const { ours, theirs } = openSocketPair();
  const nothing = openSync("/dev/null", "r");
  let session: Promise<void> = Promise.resolve();
  let end: (() => Promise<void>) | undefined;
  const attach = async () => {
    const fd = await receiveDescriptor(ours);
    if (fd === undefined) return;
    const master = masterOf(fd);
    const ended = onOpen(master);
    end = async () => {
      await ended();
      await master.close();
    };
    await drainMaster(fd, receive);
  };
  return {
    descriptors: [nothing, nothing, nothing, theirs],
    terminal: size,
    begin() {
      session = attach();
      // Its failure is told by finished().
      session.catch(() => {});
    },
    async finished() {
      closeSync(nothing);
      closeSync(theirs);
      try {
        await session;
      } finally {
        await end?.();
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

/** By a descriptor of its own, as the one that is read is closed at its end; and with the flags left alone: reading shares them. */
function masterOf(read: number): Master {
  const fd = sys("fcntl", read, F_DUPFD_CLOEXEC, 3);
  let isOpen = true;
  return {
    async write(chunk) {
      if (isOpen) await writeWhole(fd, chunk);
    },
    resize(size) {
      if (isOpen) setWindowSize(fd, size);
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      closeSync(fd);
    },
  };
}
