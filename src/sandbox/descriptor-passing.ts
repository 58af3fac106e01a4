import { closeSync } from "node:fs";
import { receiveDescriptors } from "./stage/descriptors.ts";
import { attempt, O_CLOEXEC, sys } from "./stage/kernel.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const MSG_DONTWAIT = 0x40;

/** A pair of connected sockets: `ours` to keep, `theirs` to hand over. */
export function openSocketPair(): { readonly ours: number; readonly theirs: number } {
  const pair = new Int32Array(2);
  sys("socketpair", AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, pair);
  return { ours: pair[0]!, theirs: pair[1]! };
}

/**
 * Waits for the descriptor that the other side sends, and closes the socket; undefined when it closes without sending
 * one. There is no event for this in the runtime, so it looks every few milliseconds: it takes about twenty.
 */
export async function receiveDescriptor(socket: number): Promise<number | undefined> {
  let received: ReturnType<typeof receiveDescriptors> = [];
  try {
    while (!attempt(() => (received = receiveDescriptors(socket, MSG_DONTWAIT)), "EAGAIN"))
      await Bun.sleep(2);
    return received[0]?.fd;
  } finally {
    closeSync(socket);
  }
}
