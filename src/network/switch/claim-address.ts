import { closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { lockDirectory } from "../../lib/libc/mod.ts";
import { namesIn } from "../../lib/mod.ts";
import { unixAddress } from "../socket-address.ts";
import { AF_UNIX, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_SEQPACKET, socketCalls } from "../socket-calls.ts";

/** An address of a network that is this process's as long as it lives: a socket of that name in the network's directory, which frames for it are sent to. */
export interface ClaimedAddress {
  readonly address: string;
  readonly listener: number;
  readonly directory: string;
  release(): void;
}

const backlog = 128;

/**
 * Claims the first of `candidates` that nobody holds. What a killed process held is free: nobody listens there.
 * undefined when all are taken.
 */
export async function claimAddress(
  directory: string,
  candidates: Iterable<string>,
): Promise<ClaimedAddress | undefined> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const unlock = await lockDirectory(directory);
  try {
    for (const address of candidates) {
      const listener = listenAt(directory, address);
      if (listener === undefined) continue;
      return {
        ...{ address, listener, directory },
        release() {
          closeSync(listener);
          rmSync(join(directory, address), { force: true });
        },
      };
    }
    return undefined;
  } finally {
    unlock();
  }
}

/** Those that somebody holds. */
export function heldAddresses(directory: string): string[] {
  return namesIn(directory).filter((name) => isHeld(directory, name));
}

function listenAt(directory: string, address: string): number | undefined {
  const { call, check, errno } = socketCalls();
  const fd = check(call.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  const place = openSync(directory, "r");
  try {
    const name = unixAddress(`/proc/self/fd/${place}/${address}`);
    if (call.bind(fd, name, name.length) < 0) {
      if (errno() !== EADDRINUSE || isHeld(directory, address)) {
        closeSync(fd);
        return undefined;
      }
      rmSync(join(directory, address), { force: true });
      check(call.bind(fd, name, name.length), "bind", address);
    }
    check(call.listen(fd, backlog), "listen");
    return fd;
  } finally {
    closeSync(place);
  }
}

const EADDRINUSE = 98;
/** More are waiting there than it takes at once. */
const EAGAIN = 11;

function isHeld(directory: string, address: string): boolean {
  const { call, check, errno } = socketCalls();
  const fd = check(call.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  const place = openSync(directory, "r");
  const name = unixAddress(`/proc/self/fd/${place}/${address}`);
  const isThere = call.connect(fd, name, name.length) === 0 || errno() === EAGAIN;
  closeSync(place);
  closeSync(fd);
  return isThere;
}
