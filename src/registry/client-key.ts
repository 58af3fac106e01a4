import type { Caller, Peer } from "./guard.ts";

/** Whose limits a request counts against: the caller's, or for the nameless those of where they come from. */
export function clientKey(caller: Caller | undefined, peer: Peer): string {
  if (caller !== undefined && caller.name !== "") return `${caller.kind}:${caller.name}`;
  return addressKey(peer.address);
}

/** IPv4 as it is; IPv6 by its first 64 bits, because one subscriber has all addresses below those. */
export function addressKey(address: string): string {
  if (!address.includes(":")) return address;
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  // An IPv4 address at the end stands for two groups.
  const groups = before.length + after.length + (after.at(-1)?.includes(".") ? 1 : 0);
  const zeros = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - groups)).fill("0");
  const first = [...before, ...zeros, ...after].slice(0, 4);
  return `${first.map((group) => group.replace(/^0+(?=.)/, "").toLowerCase()).join(":")}::/64`;
}
