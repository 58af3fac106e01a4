import { AF_INET, AF_INET6, AF_UNIX } from "./socket-calls.ts";

// node:net knows as well, and takes longer to load than the command.

export function isIPv4(text: string): boolean {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  return match?.slice(1).every((part) => Number(part) <= 255) ?? false;
}

export function isIPv6(text: string): boolean {
  return /^[\da-f:.]+$/i.test(text) && text.includes(":") && URL.canParse(`http://[${text}]`);
}

/** struct sockaddr_in or sockaddr_in6 of a numeric address. */
export function encodeAddress(address: string, port: number): Uint8Array {
  const bytes = new Uint8Array(isIPv6(address) ? 28 : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isIPv6(address) ? AF_INET6 : AF_INET, true);
  view.setUint16(2, port);
  bytes.set(isIPv6(address) ? ipv6Bytes(address) : ipv4Bytes(address), isIPv6(address) ? 8 : 4);
  return bytes;
}

function ipv4Bytes(address: string): Uint8Array {
  return Uint8Array.from(address.split(".").map(Number));
}

function ipv6Bytes(address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const mapped = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (mapped !== null) {
    const [a, b, c, d] = ipv4Bytes(mapped[2]!) as unknown as [number, number, number, number];
    return ipv6Bytes(`${mapped[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`);
  }
  const [head = "", tail] = address.split("::");
  const groups = (text: string) => text.split(":").filter(Boolean);
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const all = [
    ...before,
    ...Array(tail === undefined ? 0 : 8 - before.length - after.length).fill("0"),
    ...after,
  ];
  const view = new DataView(bytes.buffer);
  for (const [index, group] of all.entries()) view.setUint16(index * 2, Number.parseInt(group, 16));
  return bytes;
}

/** The port of a socket address. */
export function portOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint16(2);
}

/** struct sockaddr_un of a path of at most 107 bytes. */
export function unixAddress(path: string): Uint8Array {
  return Uint8Array.of(AF_UNIX, 0, ...new TextEncoder().encode(path), 0);
}
