import { expect, test } from "bun:test";
import { parseBind, parseVolumeFlag } from "./volume-flag.ts";

const options = { directory: "/cwd", createSource: true };

test.each([
  [
    "/a:/b",
    { source: "/a", target: "/b", readOnly: false, asked: { by: "volume", text: "/a:/b", mode: "" } },
  ],
  ["/a:/b:ro", { source: "/a", readOnly: true, asked: { by: "volume", text: "/a:/b:ro", mode: "ro" } }],
  [
    "./a:/b/../c/",
    { source: "/cwd/a", target: "/c", asked: { by: "volume", text: "/cwd/a:/b/../c/", mode: "" } },
  ],
  [".:/b", { source: "/cwd" }],
  ["../x/y:/b:Z,ro", { source: "/x/y", readOnly: true }],
  ["/a:/b:rslave,U", { propagation: "slave", giveToUser: true }],
])("parseVolumeFlag(%j) is a bind mount", (text, expected) => {
  expect(parseVolumeFlag(text, options)).toMatchObject({ kind: "bind", createSource: true, ...expected });
});

test.each([
  ["data:/b", { name: "data", target: "/b", readOnly: false }],
  ["data:/b:ro,nocopy", { name: "data", readOnly: true, noCopy: true }],
  ["/b", { target: "/b", asked: { by: "declaration" } }],
])("parseVolumeFlag(%j) is a volume", (text, expected) => {
  expect(parseVolumeFlag(text, options)).toMatchObject({ kind: "volume", ...expected });
});

test.each([
  ["", "invalid volume specification: ''"],
  [":/x", "invalid volume specification: ':/x'"],
  ["/foo:rw", "invalid volume specification: '/foo:rw'"],
  ["a:/x:ro:z", "invalid volume specification: 'a:/x:ro:z'"],
  ["/a:b", "mount path must be absolute"],
  ["/a:/", "destination can't be '/'"],
  ["/a:/x/../..", "destination can't be '/'"],
  ["/a:/b:fast", "invalid mode: fast"],
  ["/a:/b:ro,rw", "invalid mode: ro,rw"],
  ["/a:/b:ro,ro", "invalid mode: ro,ro"],
  ["/a:/b:nocopy", "field VolumeOptions must not be specified"],
  ["a:/b:rshared", "field BindOptions must not be specified"],
])("parseVolumeFlag(%j) fails: %s", (text, message) => {
  expect(() => parseVolumeFlag(text, options)).toThrow(message);
});

test("parseBind() takes what can be bound, and no volumes", () => {
  expect(parseBind("a/b:/c:ro", "/cwd")).toEqual({
    kind: "bind",
    source: "/cwd/a/b",
    target: "/c",
    readOnly: true,
  });
  expect(() => parseBind("data:/c", "/cwd")).toThrow("only directories and files can be");
});
