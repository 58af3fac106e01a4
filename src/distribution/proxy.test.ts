import { expect, test } from "bun:test";
import { proxyFor } from "./proxy.ts";

const env = { HTTP_PROXY: "http://p:1", HTTPS_PROXY: "http://p:2" };
const proxy = (url: string, more: Record<string, string> = {}) => proxyFor(new URL(url), { ...env, ...more });

test("the proxy depends on the scheme, and loopback hosts have none", () => {
  expect(proxy("https://r.example.com/v2/")).toBe("http://p:2");
  expect(proxy("http://r.example.com/v2/")).toBe("http://p:1");
  for (const host of ["localhost:5000", "127.0.0.1", "[::1]:5000"])
    expect(proxy(`http://${host}/`)).toBeUndefined();
  expect(proxyFor(new URL("https://a"), { https_proxy: "p:3" })).toBe("http://p:3");
  expect(proxyFor(new URL("https://a"), {})).toBeUndefined();
});

test.each([
  ["*", "https://a.example.com", true],
  ["example.com", "https://example.com", true],
  ["example.com", "https://a.example.com", true],
  ["example.com", "https://notexample.com", false],
  [".example.com", "https://a.example.com", true],
  [".example.com", "https://example.com", false],
  ["*.example.com", "https://a.example.com", true],
  ["x, EXAMPLE.com ", "https://example.com:5000", true],
  ["example.com:5000", "https://example.com:5000", true],
  ["example.com:443", "https://example.com", true],
  ["example.com:5000", "https://example.com", false],
  ["10.0.0.0/8", "https://10.1.2.3", true],
  ["10.0.0.0/8", "https://11.1.2.3", false],
  ["0.0.0.0/0", "https://11.1.2.3", true],
  ["10.0.0.0/99", "https://10.0.0.1", false],
  ["10.1.2.3", "https://10.1.2.3", true],
  ["[fd00::1]:5000", "https://[fd00::1]:5000", true],
  ["", "https://example.com", false],
])("NO_PROXY=%s for %s: %p", (list, url, isDirect) => {
  expect(proxy(url, { NO_PROXY: list }) === undefined).toBe(isDirect);
});
