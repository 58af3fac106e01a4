import { SystemError } from "../../lib/libc/mod.ts";
import { socketCalls } from "../socket-calls.ts";

export const READABLE = 1;
export const WRITABLE = 4;
/** What is told whether asked for or not. */
export const BROKEN = 8 | 16;

const ADD = 1;
const DELETE = 2;
const MODIFY = 3;
const EPOLL_CLOEXEC = 0o2000000;
const eventsAtOnce = 128;
/** struct epoll_event is packed on x86-64 only. */
const [eventBytes, dataOffset] = process.arch === "x64" ? [12, 4] : [16, 8];

/** Told of what is ready, by epoll(7) bits. */
export type Ready = (events: number) => void;

/** Waits for many descriptors in a thread that does nothing else. */
export class Poll {
  readonly #libc = socketCalls();
  readonly #fd = this.#libc.check(this.#libc.call.epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  readonly #handlers = new Map<number, Ready>();
  readonly #event = new DataView(new ArrayBuffer(eventBytes));

  add(fd: number, events: number, ready: Ready): void {
    this.#control(ADD, fd, events);
    this.#handlers.set(fd, ready);
  }

  change(fd: number, events: number): void {
    this.#control(MODIFY, fd, events);
  }

  /** To be called before the descriptor is closed. */
  remove(fd: number): void {
    if (this.#handlers.delete(fd)) this.#control(DELETE, fd, 0);
  }

  /** Until `isOver` says so after something has happened, or `everyMs` have passed. */
  run(isOver: () => boolean, everyMs: number, tick: () => void): void {
    const { call, errno } = this.#libc;
    const buffer = new Uint8Array(eventBytes * eventsAtOnce);
    const view = new DataView(buffer.buffer);
    let last = Date.now();
    while (!isOver()) {
      const count = call.epoll_wait(this.#fd, buffer, eventsAtOnce, everyMs);
      if (count < 0 && errno() !== EINTR) throw new SystemError(errno(), "epoll_wait");
      for (let index = 0; index < count; index++) {
        const offset = index * eventBytes;
        // One that an earlier event of this round has ended has no handler any more.
        this.#handlers.get(view.getInt32(offset + dataOffset, true))?.(view.getUint32(offset, true));
      }
      if (Date.now() - last < everyMs) continue;
      last = Date.now();
      tick();
    }
  }

  close(): void {
    this.#libc.call.close(this.#fd);
  }

  #control(operation: number, fd: number, events: number): void {
    this.#event.setUint32(0, events, true);
    this.#event.setInt32(dataOffset, fd, true);
    const event = new Uint8Array(this.#event.buffer);
    this.#libc.check(this.#libc.call.epoll_ctl(this.#fd, operation, fd, event), "epoll_ctl");
  }
}

const EINTR = 4;
