import { expect, test } from "bun:test";
import { addressKey, clientKey } from "./client-key.ts";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0DB8:0001:0002::9", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["64:ff9b::192.0.2.33", "64:ff9b:0:0::/64"],
  ["", ""],
])("addressKey(%s) is %s", (address, key) => {
  expect(addressKey(address)).toBe(key);
});

test("who has a name is counted by it, whatever the address", () => {
  const peer = { address: "192.0.2.7" };
  expect(clientKey({ kind: "user", name: "ann" }, peer)).toBe("user:ann");
  expect(clientKey({ kind: "robot", name: "ann" }, peer)).toBe("robot:ann");
  expect(clientKey({ kind: "anonymous", name: "" }, peer)).toBe("192.0.2.7");
  expect(clientKey(undefined, peer)).toBe("192.0.2.7");
});
