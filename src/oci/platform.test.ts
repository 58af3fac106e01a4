import { describe, expect, test } from "bun:test";
import { formatPlatform, hostPlatform, type Platform, parsePlatform, selectPlatform } from "./platform.ts";

const plat = (text: string): Platform => parsePlatform(text);

describe("parsePlatform()", () => {
  test.each([
    ["linux/amd64", "linux/amd64"],
    ["linux/x86_64", "linux/amd64"],
    ["linux/x86-64", "linux/amd64"],
    ["Linux/AMD64/v1", "linux/amd64"],
    ["linux/amd64/v3", "linux/amd64/v3"],
    ["linux/i386", "linux/386"],
    ["linux/aarch64", "linux/arm64"],
    ["linux/arm64/v8", "linux/arm64"],
    ["linux/arm64/8", "linux/arm64"],
    ["linux/arm64/v9", "linux/arm64/v9"],
    ["linux/arm", "linux/arm/v7"],
    ["linux/arm/7", "linux/arm/v7"],
    ["linux/arm/v6", "linux/arm/v6"],
    ["linux/armhf", "linux/arm/v7"],
    ["linux/armel", "linux/arm/v6"],
    ["macos/arm64", "darwin/arm64"],
    ["windows/amd64", "windows/amd64"],
    ["linux/loong64", "linux/loong64"],
    ["plan10/vax", "plan10/vax"],
  ])("reads %s as %s", (text, canonical) => {
    expect(formatPlatform(plat(text))).toBe(canonical);
  });

  test("fills in the host for an operating system or an architecture alone", () => {
    const host = hostPlatform();
    expect(plat("windows")).toEqual({ ...host, os: "windows" });
    expect(plat("arm")).toEqual({ os: host.os, architecture: "arm", variant: "v7" });
    expect(plat("aarch64")).toEqual({ os: host.os, architecture: "arm64" });
  });

  test.each([
    "",
    "vax",
    "linux/",
    "/amd64",
    "a/b/c/d",
    "linux/amd 64",
    "linux\n",
    "*/amd64",
    "x".repeat(100),
  ])("refuses %j", (text) => {
    expect(() => plat(text)).toThrow(expect.objectContaining({ code: "usage" }));
  });
});

describe("selectPlatform()", () => {
  const candidates = (...texts: string[]) => texts.map((text) => ({ text, platform: plat(text) }));

  test.each([
    ["linux/arm/v7", ["linux/arm/v5", "linux/arm/v7", "linux/arm/v6"], "linux/arm/v7"],
    ["linux/arm/v8", ["linux/arm/v5", "linux/arm/v6"], "linux/arm/v6"],
    ["linux/arm/v6", ["linux/arm/v7"], undefined],
    ["linux/arm64", ["linux/amd64", "linux/arm/v7", "linux/arm64"], "linux/arm64"],
    ["linux/arm64", ["linux/amd64", "linux/arm/v6", "linux/arm/v7"], "linux/arm/v7"],
    ["linux/arm64", ["linux/arm64/v9"], undefined],
    ["linux/arm64/v9", ["linux/arm64"], "linux/arm64"],
    ["linux/arm64/v9", ["linux/arm64", "linux/arm64/v8.5"], "linux/arm64/v8.5"],
    ["linux/arm64/v8.1", ["linux/arm64/v8.5", "linux/arm64"], "linux/arm64"],
    ["linux/amd64", ["linux/amd64/v2", "linux/amd64"], "linux/amd64"],
    ["linux/amd64", ["linux/amd64/v2"], undefined],
    ["linux/amd64/v3", ["linux/amd64", "linux/amd64/v2", "linux/amd64/v4"], "linux/amd64/v2"],
    ["linux/amd64", ["linux/386", "windows/amd64"], "linux/386"],
    ["linux/s390x", ["linux/amd64"], undefined],
    ["windows/amd64", ["linux/amd64"], undefined],
  ])("wanting %s of %j takes %p", (wanted, texts, chosen) => {
    expect(selectPlatform(candidates(...texts), plat(wanted))?.text).toBe(chosen as string);
  });

  test("takes the first of equals and normalises what an index says", () => {
    const list = [
      { id: 1 },
      { id: 2, platform: { os: "linux", architecture: "aarch64", variant: "v8" } },
      { id: 3, platform: { os: "linux", architecture: "arm64" } },
    ];
    expect(selectPlatform(list, plat("linux/arm64"))?.id).toBe(2);
  });

  test("matches Windows builds by their first three numbers", () => {
    const build = (version: string) => ({
      version,
      platform: { os: "windows", architecture: "amd64", "os.version": version },
    });
    const list = [build("10.0.17763.5329"), build("10.0.20348.2227")];
    expect(selectPlatform(list, { ...plat("windows/amd64"), "os.version": "10.0.20348.1" })?.version).toBe(
      "10.0.20348.2227",
    );
    expect(selectPlatform(list, { ...plat("windows/amd64"), "os.version": "10.0.1.1" })).toBeUndefined();
  });
});
