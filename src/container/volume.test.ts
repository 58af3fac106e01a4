import { expect, test } from "bun:test";
import { parseVolume } from "./volume.ts";

test.each([
  ["/a:/b", { source: "/a", target: "/b", readOnly: false }],
  ["/a:/b:ro", { source: "/a", target: "/b", readOnly: true }],
  ["/a:/b:rw,z", { source: "/a", target: "/b", readOnly: false }],
  ["./a:/b", { source: "/cwd/a", target: "/b", readOnly: false }],
  [".:/b", { source: "/cwd", target: "/b", readOnly: false }],
  ["../x/y:/b:Z,ro", { source: "/x/y", target: "/b", readOnly: true }],
])("parseVolume(%j)", (text, expected) => {
  expect(parseVolume(text, "/cwd")).toEqual({ kind: "bind", ...expected });
});

test.each([
  ["/a", "it needs a source and a target"],
  ["", "it needs a source and a target"],
  ["/a:b", "the target is not an absolute path"],
  ["/a:/b:ro:x", "it needs a source and a target"],
  ["/a:/b:fast", "unknown option fast"],
  ["data:/b", "cannot mount the named volume data"],
])("parseVolume(%j) fails: %s", (text, message) => {
  expect(() => parseVolume(text, "/cwd")).toThrow(message);
});
