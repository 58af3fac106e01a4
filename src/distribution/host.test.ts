import { expect, test } from "bun:test";
import { apiHost, checkHost, isLoopbackHost, originsOf } from "./host.ts";

test.each([
  "localhost",
  "localhost:5000",
  "LOCALHOST",
  "127.0.0.1",
  "127.8.9.10:5000",
  "[::1]",
  "[::1]:5000",
])("isLoopbackHost() knows %s", (host) => {
  expect(isLoopbackHost(host)).toBe(true);
});

test.each([
  "localhost.example.com",
  "127.0.0.1.example.com",
  "127.example.com",
  "10.0.0.1",
  "[::2]",
  "registry",
  "127.0.0",
])("isLoopbackHost() does not take %s for this machine", (host) => {
  expect(isLoopbackHost(host)).toBe(false);
});

test.each([
  "a/b",
  "user@host",
  "host?x",
  "host#x",
  "",
  "host:",
  "host:port",
  "a b",
  "http://a",
  "host:99999",
  "-a",
  "a\n",
])("checkHost() refuses %j", (host) => {
  expect(() => checkHost(host)).toThrow("is not a registry host");
});

test("Docker Hub's API has another name than Docker Hub", () => {
  expect(apiHost("docker.io")).toBe("registry-1.docker.io");
  expect(apiHost("index.docker.io")).toBe("registry-1.docker.io");
  expect(apiHost("ghcr.io")).toBe("ghcr.io");
});

const origins = (host: string, tlsVerify: boolean | undefined, privateTrust = false) =>
  originsOf(host, { tlsVerify, privateTrust }).map(
    ({ url, verify }) => `${url.origin}${verify ? " verified" : ""}`,
  );

test("plain HTTP is only for loopback hosts, or where verification is off, and behind HTTPS", () => {
  expect(origins("r.example.com", undefined)).toEqual(["https://r.example.com verified"]);
  expect(origins("r.example.com:80", true)).toEqual(["https://r.example.com:80 verified"]);
  expect(origins("r.example.com", false)).toEqual(["https://r.example.com", "http://r.example.com"]);
  expect(origins("localhost:5000", undefined)).toEqual(["https://localhost:5000", "http://localhost:5000"]);
  expect(origins("localhost:5000", undefined, true)).toEqual([
    "https://localhost:5000 verified",
    "http://localhost:5000",
  ]);
  expect(origins("localhost:5000", true)).toEqual(["https://localhost:5000 verified"]);
});
