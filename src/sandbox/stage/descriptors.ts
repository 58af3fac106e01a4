import { addressOf, sys } from "./kernel.ts";

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;
const headerBytes = 16;
/** More than are ever handed over at once. */
const mostAtOnce = 8;

/** Sends open descriptors over a Unix socket (unix(7), cmsg(3)), with a byte for each that says what it is. */
export function sendDescriptors(
  socket: number,
  descriptors: readonly { readonly fd: number; readonly tag: number }[],
): void {
  const tags = Uint8Array.from(descriptors, ({ tag }) => tag);
  const control = controlFor(descriptors.length);
  const view = new DataView(control.buffer);
  view.setBigUint64(0, BigInt(headerBytes + 4 * descriptors.length), true);
  view.setInt32(8, SOL_SOCKET, true);
  view.setInt32(12, SCM_RIGHTS, true);
  descriptors.forEach(({ fd }, index) => {
    view.setInt32(headerBytes + 4 * index, fd, true);
  });
  sys("sendmsg", socket, messageOf(tags, control), MSG_NOSIGNAL);
}

/**
 * What sendDescriptors() sent, closed on exec; none where the other side has closed instead.
 * @throws SystemError EAGAIN where `flags` say not to wait
 */
export function receiveDescriptors(
  socket: number,
  flags = 0,
): { readonly fd: number; readonly tag: number }[] {
  const tags = new Uint8Array(mostAtOnce);
  const control = controlFor(mostAtOnce);
  const count = sys("recvmsg", socket, messageOf(tags, control), flags | MSG_CMSG_CLOEXEC);
  const view = new DataView(control.buffer);
  return Array.from(tags.subarray(0, count), (tag, index) => ({
    fd: view.getInt32(headerBytes + 4 * index, true),
    tag,
  }));
}

/** A header and the numbers, in whole words. */
function controlFor(count: number): Uint8Array {
  return new Uint8Array(headerBytes + 8 * Math.ceil(count / 2));
}

/** struct msghdr: name, its length, vector, count, control, its length, flags. */
function messageOf(bytes: Uint8Array, control: Uint8Array): BigUint64Array {
  const vector = BigUint64Array.of(addressOf(bytes), BigInt(bytes.length));
  return BigUint64Array.of(0n, 0n, addressOf(vector), 1n, addressOf(control), BigInt(control.length), 0n);
}
