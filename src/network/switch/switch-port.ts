import { closeSync, openSync, readdirSync } from "node:fs";
import { BROKEN, type Poll, READABLE, WRITABLE } from "../forward/poll.ts";
import { unixAddress } from "../socket-address.ts";
import {
  AF_UNIX,
  SO_SNDBUF,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_SEQPACKET,
  SOL_SOCKET,
  socketCalls,
} from "../socket-calls.ts";
import { openTap, type TapOrder } from "./tap.ts";

/** A container's place in a network. */
export interface SwitchPortOrder extends TapOrder {
  /** Where the others are: a socket for each, by its address. */
  readonly directory: string;
  /** The own one. */
  readonly listener: number;
}

const largestFrame = 65_536;
const EAGAIN = 11;
const MSG_NOSIGNAL = 0x4000;
const MSG_DONTWAIT = 0x40;
const sendBuffer = 1 << 20;
/** Frames of one side before the others have their turn. */
const turns = 32;

/**
 * Joins a network: what the device sends goes to the socket of whoever it is for, and what comes to the own socket goes into the device. There is nobody
 * in the middle: a network is its members. Returns how to leave.
 */
export function joinNetwork(poll: Poll, order: SwitchPortOrder): () => void {
  const port = new SwitchPort(poll, order);
  return () => port.close();
}

class SwitchPort {
  readonly #poll: Poll;
  readonly #order: SwitchPortOrder;
  readonly #place: number;
  readonly #tap: number;
  readonly #libc = socketCalls();
  readonly #frame = new Uint8Array(largestFrame);
  readonly #arrived = new Uint8Array(largestFrame);
  /** Connections to others, by address. */
  readonly #others = new Map<string, number>();
  readonly #callers = new Set<number>();
  /** A frame that somebody has no room for: until he has, nothing more is read of the device. */
  #waiting: { readonly fd: number; readonly length: number } | undefined;

  constructor(poll: Poll, order: SwitchPortOrder) {
    this.#poll = poll;
    this.#order = order;
    this.#place = openSync(order.directory, "r");
    this.#tap = openTap(order);
    poll.add(this.#tap, READABLE, () => this.#send());
    poll.add(order.listener, READABLE, () => this.#accept());
  }

  close(): void {
    for (const fd of [this.#tap, this.#order.listener]) this.#poll.remove(fd);
    for (const fd of [...this.#others.values(), ...this.#callers]) {
      this.#poll.remove(fd);
      closeSync(fd);
    }
    closeSync(this.#tap);
    closeSync(this.#place);
  }

  #send(): void {
    const { call } = this.#libc;
    for (let turn = 0; turn < turns && this.#waiting === undefined; turn++) {
      const length = Number(call.read(this.#tap, this.#frame, this.#frame.length));
      if (length < 0) return;
      // Also groups of devices: the lowest bit of the first byte.
      if ((this.#frame[0]! & 1) === 1) {
        for (const other of this.#everybody()) this.#deliver(other, length, { isWaitedFor: false });
      } else if (this.#frame[0] === 0x02 && this.#frame[1] === 0x42) {
        this.#deliver(this.#frame.subarray(2, 6).join("."), length, { isWaitedFor: true });
      }
    }
  }

  #everybody(): string[] {
    return readdirSync(`/proc/self/fd/${this.#place}`).filter((name) => name !== this.#order.address);
  }

  #deliver(address: string, length: number, { isWaitedFor }: { isWaitedFor: boolean }): void {
    const { call, errno } = this.#libc;
    const fd = this.#others.get(address) ?? this.#connect(address);
    if (fd === undefined) return;
    if (call.send(fd, this.#frame, length, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return;
    if (errno() !== EAGAIN) this.#forget(address, fd);
    else if (isWaitedFor) {
      this.#waiting = { fd, length };
      this.#poll.remove(this.#tap);
      this.#poll.change(fd, WRITABLE);
    }
  }

  #connect(address: string): number | undefined {
    const { call } = this.#libc;
    const fd = call.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return undefined;
    call.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, Int32Array.of(sendBuffer), 4);
    const name = unixAddress(`/proc/self/fd/${this.#place}/${address}`);
    if (call.connect(fd, name, name.length) < 0) {
      closeSync(fd);
      return undefined;
    }
    this.#others.set(address, fd);
    // Asked for nothing, it tells of its end all the same.
    this.#poll.add(fd, 0, (events) => {
      if ((events & BROKEN) !== 0) this.#forget(address, fd);
      else if (this.#waiting?.fd === fd) this.#sendWaiting(address, fd);
    });
    return fd;
  }

  #sendWaiting(address: string, fd: number): void {
    const { call, errno } = this.#libc;
    const sent = call.send(fd, this.#frame, this.#waiting!.length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno() === EAGAIN) return;
    if (sent < 0) this.#forget(address, fd);
    else {
      this.#poll.change(fd, 0);
      this.#resume();
    }
  }

  #forget(address: string, fd: number): void {
    this.#others.delete(address);
    this.#poll.remove(fd);
    closeSync(fd);
    if (this.#waiting?.fd === fd) this.#resume();
  }

  #resume(): void {
    this.#waiting = undefined;
    this.#poll.add(this.#tap, READABLE, () => this.#send());
  }

  #accept(): void {
    const { call } = this.#libc;
    const caller = call.accept4(this.#order.listener, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (caller < 0) return;
    this.#callers.add(caller);
    this.#poll.add(caller, READABLE, () => this.#receive(caller));
  }

  #receive(caller: number): void {
    const { call, errno } = this.#libc;
    for (let turn = 0; turn < turns; turn++) {
      const length = call.recv(caller, this.#arrived, this.#arrived.length, 0);
      if (length < 0 && errno() === EAGAIN) return;
      if (length <= 0) {
        this.#callers.delete(caller);
        this.#poll.remove(caller);
        closeSync(caller);
        return;
      }
      // A device that takes none at this moment loses it, as a cable would.
      call.write(this.#tap, this.#arrived, length);
    }
  }
}
