import { encodeAddress, isIPv6, portOf } from "./socket-address.ts";
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  socketCalls,
} from "./socket-calls.ts";

export type Protocol = "tcp" | "udp";

export interface Listener {
  readonly fd: number;
  readonly port: number;
  readonly protocol: Protocol;
}

const backlog = 4096;

/**
 * A socket that listens at a numeric address, in this thread's network; port 0 is any that is free. It is nobody's but its
 * caller's, who closes it.
 * @throws SystemError `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL` …
 */
export function openListener(address: string, port: number, protocol: Protocol): Listener {
  const { call, check } = socketCalls();
  const type = (protocol === "tcp" ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const fd = check(call.socket(isIPv6(address) ? AF_INET6 : AF_INET, type, 0), "socket");
  try {
    const one = Int32Array.of(1);
    // A datagram socket with it would share the port with others.
    if (protocol === "tcp") check(call.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, one, 4), "setsockopt");
    if (isIPv6(address)) check(call.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, one, 4), "setsockopt");
    const name = encodeAddress(address, port);
    check(call.bind(fd, name, name.length), "bind");
    if (protocol === "tcp") check(call.listen(fd, backlog), "listen");
    check(call.getsockname(fd, name, Uint32Array.of(name.length)), "getsockname");
    return { fd, port: portOf(name), protocol };
  } catch (error) {
    call.close(fd);
    throw error;
  }
}
