import { closeSync } from "node:fs";
import { cString, SystemError } from "../../lib/libc/mod.ts";
import type { InterfaceSetup } from "../sandbox.ts";
import { AT_FDCWD, attempt, close, O_CLOEXEC, type SystemCall, sys, sysAll, sysHere } from "./kernel.ts";

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SIOCADDRT = 0x890b;
const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const SIOCSIFADDR = 0x8916;
const SIOCSIFNETMASK = 0x891c;
const SIOCSIFNAME = 0x8923;
const IFF_UP = 1;
const RTF_UP_GATEWAY = 3;
const O_WRONLY = 1;

/** What Docker sets in every new network: ports below 1024 and ping are for everybody in it. */
const settings = { ip_unprivileged_port_start: "0", ping_group_range: "0 2147483647" };

/** Makes a new network namespace one that programs can work in: its loopback device is down. */
export function prepareNetwork(): void {
  const names = Object.keys(settings);
  const opened = sysAll([
    ["socket", AF_INET, SOCK_DGRAM | O_CLOEXEC, 0],
    ...names.map(
      (name): SystemCall => ["openat", AT_FDCWD, `/proc/sys/net/ipv4/${name}`, O_WRONLY | O_CLOEXEC, 0],
    ),
  ]);
  const [socket = -1, ...files] = opened;
  try {
    if (socket < 0) throw new SystemError(-socket, "socket");
    // In a container that may make namespaces and not set devices, loopback stays down.
    attempt(() => raise(socket, "lo"), "EPERM");
    // With a single uid there are no groups to allow it to; in another container it may be read-only.
    for (const [index, value] of Object.values(settings).entries()) {
      const bytes = Buffer.from(value);
      if (files[index]! >= 0) attempt(() => sysHere("write", files[index]!, bytes, bytes.length));
    }
  } finally {
    for (const fd of opened) if (fd >= 0) closeSync(fd);
  }
}

export function setInterface({ device, name, address, prefixLength, gateway }: InterfaceSetup): void {
  withInterfaceSocket((socket) => {
    // An alias is made by giving it an address.
    if (device !== name && !name.includes(":"))
      sysHere("ioctl", socket, SIOCSIFNAME, request(device, cString(name)));
    sysHere("ioctl", socket, SIOCSIFADDR, request(name, socketAddress(address)));
    sysHere("ioctl", socket, SIOCSIFNETMASK, request(name, socketAddress(maskOf(prefixLength))));
    raise(socket, name);
    if (gateway !== undefined) sysHere("ioctl", socket, SIOCADDRT, defaultRoute(gateway));
  });
}

/** For what is asked of the devices of a network: a socket is of one, whoever asks by it. */
export function withInterfaceSocket(use: (socket: number) => void): void {
  const socket = sys("socket", AF_INET, SOCK_DGRAM, 0);
  try {
    use(socket);
  } finally {
    close(socket);
  }
}

function raise(socket: number, name: string): void {
  const flags = request(name, new Uint8Array());
  sysHere("ioctl", socket, SIOCGIFFLAGS, flags);
  flags[16]! |= IFF_UP;
  sysHere("ioctl", socket, SIOCSIFFLAGS, flags);
}

/** struct ifreq: 16 bytes of name, then what is asked for. */
function request(name: string, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(40);
  bytes.set(cString(name));
  bytes.set(value, 16);
  return bytes;
}

function socketAddress(address: string): Uint8Array {
  return Uint8Array.of(AF_INET, 0, 0, 0, ...address.split(".").map(Number), 0, 0, 0, 0, 0, 0, 0, 0);
}

function maskOf(prefixLength: number): string {
  const mask = prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255).join(".");
}

/** struct rtentry: padding, destination, gateway, mask, flags. */
function defaultRoute(gateway: string): Uint8Array {
  const bytes = new Uint8Array(120);
  bytes.set(socketAddress("0.0.0.0"), 8);
  bytes.set(socketAddress(gateway), 24);
  bytes.set(socketAddress("0.0.0.0"), 40);
  bytes[56] = RTF_UP_GATEWAY;
  return bytes;
}
