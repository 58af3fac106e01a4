import { expect, test } from "bun:test";
import { parseMountFlag } from "./mount-flag.ts";
import { parseTmpfsFlag } from "./tmpfs-flag.ts";

test.each([
  [
    "type=bind,source=/a,target=/b",
    { kind: "bind", source: "/a", target: "/b", readOnly: false, createSource: false },
  ],
  ["type=bind,src=./a,dst=/b,readonly", { source: "/cwd/a", readOnly: true }],
  [
    "type=bind,src=/a,destination=/b,ro=true,bind-propagation=rshared",
    { readOnly: true, propagation: "shared" },
  ],
  ["type=bind,src=/a,dst=/b,bind-nonrecursive", { nonRecursive: true }],
  ["type=bind,src=/a,dst=/b,bind-recursive=disabled", { nonRecursive: true }],
  ['type=bind,"src=/a,b",dst=/b', { source: "/a,b" }],
  ["dst=/b", { kind: "volume", target: "/b" }],
  [
    "type=volume,src=data,dst=/b,volume-nocopy,volume-subpath=a/b",
    { name: "data", noCopy: true, subpath: "a/b" },
  ],
  ["src=data,dst=/b,volume-label=a=b=c,volume-label=d", { labels: { a: "b=c", d: "" } }],
  ["type=tmpfs,dst=/b,tmpfs-size=1m,tmpfs-mode=1700", { kind: "tmpfs", sizeBytes: 1 << 20, mode: 0o1700 }],
  ["type=image,src=alpine,dst=/b", { kind: "image", image: "alpine", target: "/b" }],
])("parseMountFlag(%j)", (text, expected) => {
  expect(parseMountFlag(text, "/cwd")).toMatchObject(expected);
});

test.each([
  ["type=bind", "target is required"],
  ["type=foo,dst=/x", "mount type unknown"],
  ["foo", "invalid field 'foo' must be a key=value pair"],
  ["foo=bar,dst=/x", "unexpected key 'foo' in 'foo=bar'"],
  ["type=volume,,dst=/x", "invalid field '' must be a key=value pair"],
  ["type=bind,dst=/x", "field Source must not be empty"],
  ["type=bind,src=rel,dst=/x", "invalid mount path: 'rel' mount path must be absolute"],
  ["type=bind,src=/a,dst=/x,volume-nocopy", "cannot mix 'volume-*' options with mount type 'bind'"],
  [
    "type=volume,src=v,dst=/x,bind-propagation=rshared",
    "cannot mix 'bind-*' options with mount type 'volume'",
  ],
  ["type=bind,src=/a,dst=/x,bind-propagation=foo", "invalid propagation mode: foo"],
  ["type=bind,src=/a,dst=/x,readonly=maybe", "invalid value for readonly: maybe"],
  ["type=tmpfs,src=/a,dst=/x", "field Source must not be specified"],
  ["type=tmpfs,dst=/x,tmpfs-size=x", "invalid value for tmpfs-size: x"],
  ["type=tmpfs,dst=/x,tmpfs-mode=999", "invalid value for tmpfs-mode: 999"],
  ["type=volume,dst=x", "mount path must be absolute"],
  ["readonly,dst=/x", "must not set ReadOnly mode when using anonymous volumes"],
  ["src=v,dst=/x,volume-subpath=../y", "invalid value for volume-subpath"],
  ["src=v,dst=/x,volume-driver=nope", 'plugin "nope" not found'],
])("parseMountFlag(%j) fails: %s", (text, message) => {
  expect(() => parseMountFlag(text, "/cwd")).toThrow(message);
});

const plain = { readOnly: false, noExecute: true, allowSetuid: false, allowDevices: false };

test.each([
  ["/x", { target: "/x", flags: plain, asked: { by: "tmpfs", options: "" } }],
  [
    "/x:ro,exec,suid,dev",
    { flags: { readOnly: true, noExecute: false, allowSetuid: true, allowDevices: true } },
  ],
  ["/x:exec,noexec", { flags: plain }],
  ["/x:size=1m,size=2m,mode=0750,uid=5", { mode: 0o750, data: "size=2m,uid=5" }],
])("parseTmpfsFlag(%j)", (text, expected) => {
  expect(parseTmpfsFlag(text)).toMatchObject({ kind: "tmpfs", ...expected });
});

test.each([
  ["x", "mount path must be absolute"],
  ["/x:foo=1", 'invalid tmpfs option ["foo" "1"]'],
  ["/x:foo", 'invalid tmpfs option ["foo"]'],
  ["/x:mode=9", 'invalid tmpfs option ["mode" "9"]'],
])("parseTmpfsFlag(%j) fails: %s", (text, message) => {
  expect(() => parseTmpfsFlag(text)).toThrow(message);
});
