import { closeSync } from "node:fs";
import { cString } from "../../lib/libc/mod.ts";
import { sys } from "./kernel.ts";

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;

/** A new network namespace has a loopback device that is down. */
export function raiseLoopback(): void {
  const socket = sys("socket", AF_INET, SOCK_DGRAM, 0);
  // struct ifreq: 16 bytes of name, then the flags.
  const request = new Uint8Array(40);
  request.set(cString("lo"));
  request[16] = IFF_UP;
  sys("ioctl", socket, SIOCSIFFLAGS, request);
  closeSync(socket);
}
