import { encodeAddress } from "../socket-address.ts";
import {
  AF_INET,
  IPPROTO_TCP,
  SO_ERROR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  socketCalls,
  TCP_NODELAY,
} from "../socket-calls.ts";
import { BROKEN, type Poll, READABLE, WRITABLE } from "./poll.ts";

const EAGAIN = 11;
const EINPROGRESS = 115;
const MSG_NOSIGNAL = 0x4000;
const SHUT_WR = 1;

/** What is read at once: all connections share the buffer, and only what the other side does not take is kept. */
const chunkBytes = 256 << 10;
/** Chunks of one connection before the others have their turn. */
const turns = 8;

interface Side {
  readonly fd: number;
  /** What this side has not taken yet. While there is some, nothing is read for it. */
  rest: Uint8Array;
  /** Nothing more comes from it. */
  hasEnded: boolean;
  /** It was told that nothing more comes. */
  isShut: boolean;
  /** What epoll is asked for. */
  asked: number;
}

/** Passes connections to `listener` on to a port of this thread's network: each with back-pressure, and each direction with an end of its own. */
export function forwardTcp(poll: Poll, listener: number, address: string, port: number): void {
  const target = encodeAddress(address, port);
  const { call } = socketCalls();
  poll.add(listener, READABLE, () => {
    for (let accepted = 0; accepted < turns; accepted++) {
      const client = call.accept4(listener, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
      // Nobody any more; or too many files are open, and it waits in the queue.
      if (client < 0) return;
      connect(poll, client, target);
    }
  });
}

const nothing = new Uint8Array();
let shared: Uint8Array | undefined;

function connect(poll: Poll, client: number, target: Uint8Array): void {
  const { call, errno } = socketCalls();
  const server = call.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (server < 0) {
    call.close(client);
    return;
  }
  if (call.connect(server, target, target.length) < 0 && errno() !== EINPROGRESS) {
    call.close(server);
    call.close(client);
    return;
  }
  for (const fd of [client, server]) call.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, Int32Array.of(1), 4);
  poll.add(server, WRITABLE, () => {
    poll.remove(server);
    const error = new Int32Array(1);
    call.getsockopt(server, SOL_SOCKET, SO_ERROR, error, Uint32Array.of(4));
    if (error[0] === 0) return new Connection(poll, client, server).begin();
    call.close(server);
    call.close(client);
  });
}

class Connection {
  readonly #poll: Poll;
  readonly #sides: readonly [Side, Side];

  constructor(poll: Poll, client: number, server: number) {
    const side = (fd: number): Side => ({ fd, rest: nothing, hasEnded: false, isShut: false, asked: 0 });
    this.#poll = poll;
    this.#sides = [side(client), side(server)];
  }

  begin(): void {
    const [client, server] = this.#sides;
    this.#ask(client, server);
    this.#ask(server, client);
  }

  #ready(side: Side, other: Side, events: number): void {
    // What is left to read of a broken connection comes first; the read after it tells the error.
    const isWell =
      ((events & (WRITABLE | BROKEN)) === 0 || this.#flush(side, other)) &&
      ((events & (READABLE | BROKEN)) === 0 || this.#pass(side, other));
    if (!isWell || (side.isShut && other.isShut)) {
      this.#close();
      return;
    }
    this.#ask(side, other);
    this.#ask(other, side);
  }

  /** Of one that is asked for nothing, epoll would tell all the time that it is broken. */
  #ask(side: Side, other: Side): void {
    const wanted =
      (side.rest.length > 0 ? WRITABLE : 0) | (side.hasEnded || other.rest.length > 0 ? 0 : READABLE);
    if (wanted === side.asked) return;
    if (wanted === 0) this.#poll.remove(side.fd);
    else if (side.asked === 0) this.#poll.add(side.fd, wanted, (events) => this.#ready(side, other, events));
    else this.#poll.change(side.fd, wanted);
    side.asked = wanted;
  }

  /** From one side to the other, until one of them has no more. False when the connection is broken. */
  #pass(from: Side, to: Side): boolean {
    shared ??= new Uint8Array(chunkBytes);
    const { call, errno } = socketCalls();
    for (let turn = 0; turn < turns && !from.hasEnded && to.rest.length === 0; turn++) {
      const length = call.recv(from.fd, shared, shared.length, 0);
      if (length < 0) return errno() === EAGAIN;
      if (length === 0) {
        from.hasEnded = true;
        shutWhenDone(to, from);
        return true;
      }
      const chunk = shared.subarray(0, length);
      const sent = send(to.fd, chunk);
      if (sent < 0) return false;
      if (sent < length) to.rest = chunk.slice(sent);
      // A short read: there is no more at this moment.
      if (length < shared.length) return true;
    }
    return true;
  }

  #flush(side: Side, other: Side): boolean {
    const sent = send(side.fd, side.rest);
    if (sent < 0) return false;
    side.rest = side.rest.subarray(sent);
    shutWhenDone(side, other);
    return true;
  }

  #close(): void {
    for (const { fd } of this.#sides) {
      this.#poll.remove(fd);
      socketCalls().call.close(fd);
    }
  }
}

/** Passes the other side's end on, after all that came before it. */
function shutWhenDone(side: Side, other: Side): void {
  if (side.rest.length > 0 || !other.hasEnded || side.isShut) return;
  side.isShut = true;
  socketCalls().call.shutdown(side.fd, SHUT_WR);
}

/** How many bytes were taken; negative when nobody takes any more. */
function send(fd: number, bytes: Uint8Array): number {
  if (bytes.length === 0) return 0;
  const { call, errno } = socketCalls();
  const sent = call.send(fd, bytes, bytes.length, MSG_NOSIGNAL);
  return sent < 0 && errno() === EAGAIN ? 0 : sent;
}
