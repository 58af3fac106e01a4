import { BlockList, isIP } from "node:net";
import { KasaneError } from "../../lib/mod.ts";
import { canonicalAddress, clientAddress } from "./client-address.ts";
import type { Handle } from "./listener.ts";

/**
 * Requests that come from one of these proxies have the address of the client behind it; all others keep theirs, whatever they say.
 * `proxies` are addresses and networks: `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`. Nothing stands between where there are none.
 * @throws KasaneError `usage` for what is neither
 */
export function behindProxies(handle: Handle, proxies: readonly string[]): Handle {
  if (proxies.length === 0) return handle;
  const isProxy = trustedProxies(proxies);
  return (request, peer) => {
    if (!isProxy(peer.address)) return handle(request, peer);
    const address = clientAddress(request.headers, isProxy);
    return handle(request, address === undefined ? peer : { ...peer, address });
  };
}

/** True for an address of these. @throws KasaneError `usage` for what is neither address nor network */
export function trustedProxies(proxies: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [, address = "", bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(proxy) ?? [];
    const version = address.includes("%") ? 0 : isIP(address);
    const most = version === 4 ? 32 : 128;
    if (version === 0 || Number(bits ?? 0) > most) {
      throw new KasaneError("usage", `${JSON.stringify(proxy.slice(0, 60))} is no address and no network`, {
        hint: "write 192.0.2.1, 10.0.0.0/8, 2001:db8::1 or 2001:db8::/32",
      });
    }
    if (bits === undefined) {
      const plain = canonicalAddress(address) ?? address;
      list.addAddress(plain, isIP(plain) === 4 ? "ipv4" : "ipv6");
    } else list.addSubnet(address, Number(bits), version === 4 ? "ipv4" : "ipv6");
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? "ipv4" : "ipv6");
  };
}
