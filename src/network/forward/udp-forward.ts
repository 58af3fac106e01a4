import { encodeAddress } from "../socket-address.ts";
import { AF_INET, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, socketCalls } from "../socket-calls.ts";
import { type Poll, READABLE } from "./poll.ts";

const largestDatagram = 65_535;
/** Of an IPv6 address. */
const addressBytes = 28;
/** How long an answer is waited for after the last datagram. */
const idleMs = 90_000;
/** Callers at once: whoever comes then takes the place of the one that was silent longest. */
const maxCallers = 1024;
const turns = 64;

interface Caller {
  /** Its own socket towards the container, so that answers find their way. */
  readonly fd: number;
  lastMs: number;
}

/** Passes datagrams to `listener` on to a port of this thread's network, and the answers back to whoever asked. Returns what is to be done from time to time. */
export function forwardUdp(poll: Poll, listener: number, address: string, port: number): () => void {
  const { call } = socketCalls();
  const target = encodeAddress(address, port);
  const buffer = new Uint8Array(largestDatagram);
  const from = new Uint8Array(addressBytes);
  // In the order of their last datagram.
  const callers = new Map<string, Caller>();
  const forget = (key: string, { fd }: Caller) => {
    callers.delete(key);
    poll.remove(fd);
    call.close(fd);
  };
  const enter = (back: Uint8Array): Caller | undefined => {
    if (callers.size >= maxCallers) forget(...(callers.entries().next().value as [string, Caller]));
    const fd = call.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return undefined;
    call.connect(fd, target, target.length);
    poll.add(fd, READABLE, () => {
      for (let turn = 0; turn < turns; turn++) {
        const length = call.recv(fd, buffer, buffer.length, 0);
        // Also where nobody listens in the container: as if the datagram were lost.
        if (length < 0) return;
        call.sendto(listener, buffer, length, 0, back, back.length);
      }
    });
    return { fd, lastMs: 0 };
  };
  poll.add(listener, READABLE, () => {
    for (let turn = 0; turn < turns; turn++) {
      const size = Uint32Array.of(addressBytes);
      const length = call.recvfrom(listener, buffer, buffer.length, 0, from, size);
      if (length < 0) return;
      const back = from.slice(0, size[0]);
      const key = back.toHex();
      const caller = callers.get(key) ?? enter(back);
      if (caller === undefined) continue;
      caller.lastMs = Date.now();
      callers.delete(key);
      callers.set(key, caller);
      call.send(caller.fd, buffer, length, 0);
    }
  });
  return () => {
    for (const [key, caller] of callers) {
      if (Date.now() - caller.lastMs < idleMs) break;
      forget(key, caller);
    }
  };
}
