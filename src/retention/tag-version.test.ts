import { expect, test } from "bun:test";
import { tagVersion } from "./tag-version.ts";

test.each([
  ["1.25.3", { major: 1, minor: 25, full: "1.25.3", variant: "", isPrerelease: false }],
  ["v1.25.3", { major: 1, minor: 25, full: "1.25.3", variant: "", isPrerelease: false }],
  ["1.25.3-alpine", { major: 1, minor: 25, full: "1.25.3", variant: "alpine", isPrerelease: false }],
  [
    "1.25.3-slim-bookworm",
    { major: 1, minor: 25, full: "1.25.3", variant: "slim-bookworm", isPrerelease: false },
  ],
  ["1.25.3-rc.1", { major: 1, minor: 25, full: "1.25.3-rc.1", variant: "", isPrerelease: true }],
  ["1.25.3-rc1", { major: 1, minor: 25, full: "1.25.3-rc1", variant: "", isPrerelease: true }],
  ["2.0.0-beta.11", { major: 2, minor: 0, full: "2.0.0-beta.11", variant: "", isPrerelease: true }],
  ["1.25", { major: 1, minor: 25, variant: "", isPrerelease: false }],
  ["1", { major: 1, variant: "", isPrerelease: false }],
  ["1.25-alpine", { major: 1, minor: 25, variant: "alpine", isPrerelease: false }],
])("%s is a version", (tag, version) => {
  expect(tagVersion(tag)).toEqual(version);
});

test.each([
  "latest",
  "main",
  "sha-3f2a1b",
  "1.2.3.4",
  "2026-11-20",
  "01.2.3",
  "",
  "v",
  "1.25-rc1",
])("%j is none", (tag) => expect(tagVersion(tag)).toBeUndefined());
