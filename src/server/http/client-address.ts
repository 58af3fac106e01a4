import { isIP } from "node:net";

/** More hops than any chain of proxies has: a longer list was made to keep us busy. */
const hopLimit = 32;

/**
 * The address of the client behind proxies, by what they wrote down: the rightmost that is not a proxy of ours, as everything left of it
 * may be invented. Where all are ours it is the leftmost. undefined for nothing, for what cannot be read up to there, and for two headers
 * that disagree: a proxy that writes one of them passes on what clients wrote into the other.
 */
export function clientAddress(headers: Headers, isProxy: (address: string) => boolean): string | undefined {
  const [plain, standard] = [headers.get("x-forwarded-for"), headers.get("forwarded")];
  const found = plain === null ? undefined : outermost(plain, { isProxy, addressOf: withoutPort });
  if (standard === null) return found;
  const told = outermost(standard, { isProxy, addressOf: forAddress });
  return plain === null || found === told ? told : undefined;
}

function outermost(
  list: string,
  { isProxy, addressOf }: { isProxy: (address: string) => boolean; addressOf: (text: string) => string },
): string | undefined {
  let end = list.length;
  let address: string | undefined;
  for (let hop = 0; end >= 0; hop++) {
    const comma = end === 0 ? -1 : list.lastIndexOf(",", end - 1);
    address = canonicalAddress(addressOf(list.slice(comma + 1, end).trim()));
    if (address === undefined || hop === hopLimit) return undefined;
    if (!isProxy(address)) return address;
    end = comma;
  }
  return address;
}

/** Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(text) ?? [];
  return bracketed ?? plain ?? text;
}

/** RFC 7239: `for=192.0.2.1;proto=https`, `for="[2001:db8::1]:4711"`. Names in place of addresses are none. */
function forAddress(element: string): string {
  const values = element.split(";").map((pair) => /^\s*for=(?:"([^"]*)"|([^\s"]*))\s*$/i.exec(pair));
  const [found, ...others] = values.filter((value) => value !== null);
  return found && others.length === 0 ? withoutPort(found[1] ?? found[2] ?? "") : "";
}

/** One way to write each address: what is IPv4 as that, IPv6 in its short form. undefined for what is no address. */
export function canonicalAddress(text: string): string | undefined {
  const version = isIP(text);
  if (version === 4) return text;
  if (version === 0 || text.includes("%")) return undefined;
  // Which refuses some odd spellings that isIP() takes: `0::0:0:0:0.0.0.0`.
  const short = URL.parse(`http://[${text}]`)?.hostname.slice(1, -1);
  if (short === undefined) return undefined;
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? [];
  if (high === undefined || low === undefined) return short;
  return [high, low]
    .flatMap((half) => [Number.parseInt(half, 16) >> 8, Number.parseInt(half, 16) & 255])
    .join(".");
}
