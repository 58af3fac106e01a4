import { expect, test } from "bun:test";
import { isLoopbackAddress, parseAddress } from "./address.ts";

test.each([
  [undefined, "127.0.0.1", 5000],
  ["", "127.0.0.1", 5000],
  ["8080", "127.0.0.1", 8080],
  // Not all interfaces, as in other programs: nothing is opened to the network by leaving something out.
  [":8080", "127.0.0.1", 8080],
  ["0.0.0.0", "0.0.0.0", 5000],
  ["0.0.0.0:80", "0.0.0.0", 80],
  ["localhost:0", "localhost", 0],
  ["registry.example.com:443", "registry.example.com", 443],
  ["[::1]:5000", "::1", 5000],
  ["[::]", "::", 5000],
])("parseAddress() reads %j", (text, hostname, port) => {
  expect(parseAddress(text)).toEqual({ hostname, port });
});

test.each([
  ":",
  "a:",
  "a:b",
  "a:70000",
  "::1",
  "[::1",
  "a/b",
  "http://a:1",
  "a b",
  "99999",
])("parseAddress() refuses %j", (text) => {
  expect(() => parseAddress(text)).toThrow("is not an address to listen on");
});

test("isLoopbackAddress() knows what other machines cannot reach", () => {
  for (const name of ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
    expect(isLoopbackAddress(name)).toBe(true);
  for (const name of ["0.0.0.0", "::", "10.0.0.1", "example.com", "127.example.com"]) {
    expect(isLoopbackAddress(name)).toBe(false);
  }
});
