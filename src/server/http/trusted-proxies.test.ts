import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Peer } from "../../registry/mod.ts";
import { canonicalAddress } from "./client-address.ts";
import { behindProxies, trustedProxies } from "./trusted-proxies.ts";

const proxies = ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "fd00::1"];

async function seen(address: string, headers: Record<string, string>): Promise<Peer> {
  let peer: Peer | undefined;
  const handle = behindProxies((_, found) => {
    peer = found;
    return new Response(null);
  }, proxies);
  await handle(new Request("http://registry.test/v2/", { headers }), { address });
  return peer!;
}

test.each([
  ["203.0.113.9", "203.0.113.9"],
  ["203.0.113.9, 10.1.2.3", "203.0.113.9"],
  ["198.51.100.1, 203.0.113.9,10.1.2.3 , 192.0.2.1", "203.0.113.9"],
  ["203.0.113.9:4711", "203.0.113.9"],
  ["[2a00:DB8:0::9]:4711", "2a00:db8::9"],
  ["2A00::9", "2a00::9"],
  ["::ffff:203.0.113.9", "203.0.113.9"],
  ["::ffff:cb00:7109", "203.0.113.9"],
  ["10.0.0.7, 10.0.0.8", "10.0.0.7"],
  // What cannot be read left of the client does not matter: anybody may have written it.
  ["what?, 203.0.113.9", "203.0.113.9"],
  ["203.0.113.9, unknown", undefined],
  ["203.0.113.9, ", undefined],
  [", 10.0.0.1", undefined],
  ["", undefined],
  ["203.0.113.999", undefined],
  ["fe80::1%eth0", undefined],
  [Array(40).fill("10.0.0.1").join(","), undefined],
])("X-Forwarded-For: %s from a proxy is %p", async (list, client) => {
  expect((await seen("10.0.0.1", { "x-forwarded-for": list })).address).toBe(client ?? "10.0.0.1");
  expect((await seen("2001:db8::5", { "x-forwarded-for": list })).address).toBe(client ?? "2001:db8::5");
  expect((await seen("192.0.2.2", { "x-forwarded-for": list })).address).toBe("192.0.2.2");
});

test.each([
  ["for=203.0.113.9", "203.0.113.9"],
  ['For="[2A00::9]:4711";proto=https', "2a00::9"],
  ["for=1.2.3.4, for=203.0.113.9;by=10.0.0.2, proto=https; for=10.0.0.3", "203.0.113.9"],
  ['for="unclosed, for=203.0.113.9', "203.0.113.9"],
  ["for=_hidden", undefined],
  ["for=unknown, for=10.0.0.3", undefined],
  ["proto=https", undefined],
  ["for=1.2.3.4;for=203.0.113.9", undefined],
])("Forwarded: %s from a proxy is %p", async (list, client) => {
  expect((await seen("10.0.0.1", { forwarded: list })).address).toBe(client ?? "10.0.0.1");
  expect((await seen("203.0.113.1", { forwarded: list })).address).toBe("203.0.113.1");
});

describe("both headers", () => {
  test("count where they say the same", async () => {
    const headers = { "x-forwarded-for": "1.1.1.1, 203.0.113.9", forwarded: "for=203.0.113.9" };
    expect((await seen("10.0.0.1", headers)).address).toBe("203.0.113.9");
  });

  test("one that the client wrote into the proxy's request names nobody", async () => {
    const headers = { "x-forwarded-for": "203.0.113.9", forwarded: "for=1.1.1.1" };
    expect((await seen("10.0.0.1", headers)).address).toBe("10.0.0.1");
  });
});

test("what else is known of the peer stays", async () => {
  let peer: Peer | undefined;
  const received = () => {};
  const certificate = { commonName: "edge", names: [] };
  const handle = behindProxies((_, found) => {
    peer = found;
    return new Response(null);
  }, proxies);
  await handle(new Request("http://registry.test/", { headers: { "x-forwarded-for": "203.0.113.9" } }), {
    address: "10.0.0.1",
    received,
    certificate,
  });
  expect(peer).toEqual({ address: "203.0.113.9", received, certificate });
});

test("no proxies: nothing stands between", () => {
  const handle = () => new Response(null);
  expect(behindProxies(handle, [])).toBe(handle);
});

test("an IPv4 address is the same in all its spellings", () => {
  const isProxy = trustedProxies(["::ffff:192.0.2.1", "10.0.0.0/8"]);
  expect(["192.0.2.1", "::ffff:10.1.1.1", "10.1.1.1", "11.1.1.1", "", "x"].map(isProxy)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test.each([
  "10.0.0.0/33",
  "2001:db8::/129",
  "example.com",
  "",
  "10.0.0",
  "10.0.0.0/",
  "fe80::1%lo",
  "a/b/c",
])("%j is refused", (text) => {
  expect(() => trustedProxies([text])).toThrow("is no address and no network");
});

test("an address in any form of either kind is written in one way", () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const once = canonicalAddress(text);
      if (once === undefined) return expect(URL.canParse(`http://[${text}]`)).toBe(false);
      expect(canonicalAddress(once)).toBe(once);
      expect(canonicalAddress(text.toUpperCase())).toBe(once);
    }),
  );
  fc.assert(fc.property(fc.ipV4(), (text) => expect(canonicalAddress(text)).toBe(text)));
});
