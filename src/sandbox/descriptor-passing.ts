import { closeSync } from "node:fs";
import { addressOf, attempt, O_CLOEXEC, sys } from "./stage/kernel.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const MSG_DONTWAIT = 0x40;
const MSG_CMSG_CLOEXEC = 0x40000000;

/** A pair of connected sockets: `ours` to receive on, `theirs` to hand over. */
export function openSocketPair(): { readonly ours: number; readonly theirs: number } {
  const pair = new Int32Array(2);
  sys("socketpair", AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, pair);
  return { ours: pair[0]!, theirs: pair[1]! };
}

/**
 * Waits for the descriptor that the other side sends (unix(7), SCM_RIGHTS), and closes the socket; undefined when it closes without sending
 * one. There is no event for this in the runtime, so it looks every few milliseconds: it takes about twenty.
 */
export async function receiveDescriptor(socket: number): Promise<number | undefined> {
  const byte = new Uint8Array(1);
  const control = new Uint8Array(24);
  const vector = BigUint64Array.of(addressOf(byte), 1n);
  try {
    for (;;) {
      // struct msghdr: name, its length, vector, count, control, its length, flags.
      const message = BigUint64Array.of(0n, 0n, addressOf(vector), 1n, addressOf(control), 24n, 0n);
      let received = 0;
      if (
        attempt(() => (received = sys("recvmsg", socket, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)), "EAGAIN")
      ) {
        return received === 1 ? new DataView(control.buffer).getInt32(16, true) : undefined;
      }
      await Bun.sleep(2);
    }
  } finally {
    closeSync(socket);
  }
}
