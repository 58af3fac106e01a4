import { expect, test } from "bun:test";
import { parseByteSize } from "./byte-size.ts";
import { cleanPath } from "./clean-path.ts";
import { splitCsv } from "./csv.ts";
import { compileFileGlob, hasWildcards, matchesWhole } from "./glob.ts";
import { goQuoteList } from "./go-quote.ts";
import { parsePorts } from "./ports.ts";
import { parseRunDevice } from "./run-device.ts";
import { parseRunMount } from "./run-mount.ts";

test.each([
  [["80"], ["80/tcp"]],
  [
    ["53/UDP", "8000-8002"],
    ["53/udp", "8000/tcp", "8001/tcp", "8002/tcp"],
  ],
  [["127.0.0.1:8080:80/tcp"], ["80/tcp"]],
  [["0"], ["0/tcp"]],
])("parsePorts(%j)", (words, expected) => {
  expect(parsePorts(words)).toEqual(expected);
});

test.each(["", "x", "65536", "9-8", "80/icmp", "-1", "1-"])("parsePorts() refuses %j", (word) => {
  expect(() => parsePorts([word])).toThrow();
});

test.each([
  ["64", 64],
  ["64m", 64 * 1024 ** 2],
  ["1.5KiB", 1536],
  ["2GB", 2 * 1024 ** 3],
  ["x", undefined],
])("parseByteSize(%s)", (text, expected) => {
  expect(parseByteSize(text)).toBe(expected);
});

test.each([
  ["a,b", ["a", "b"]],
  ['"a,b",c', ["a,b", "c"]],
  ['"say ""x""",', ['say "x"', ""]],
])("splitCsv(%s)", (line, expected) => {
  expect(splitCsv(line)).toEqual(expected);
});

test("splitCsv() refuses quotes that are not closed or end inside a field", () => {
  expect(() => splitCsv('"a')).toThrow();
  expect(() => splitCsv('"a"b')).toThrow();
});

test("parseRunMount() knows the defaults of every type", () => {
  expect(parseRunMount("target=/x")).toEqual({ type: "bind", target: "/x", readOnly: true, required: false });
  expect(parseRunMount("type=cache,dst=/x,id=a,sharing=locked,mode=0700,uid=1,gid=2,from=b,src=/y")).toEqual({
    type: "cache",
    target: "/x",
    readOnly: false,
    required: false,
    id: "a",
    sharing: "locked",
    mode: 0o700,
    uid: 1,
    gid: 2,
    from: "b",
    source: "/y",
  });
  expect(parseRunMount("type=tmpfs,target=/x,size=64m")).toMatchObject({
    sizeBytes: 64 * 1024 ** 2,
    readOnly: false,
  });
  expect(parseRunMount("type=secret,id=a,required,env=X")).toMatchObject({
    required: true,
    env: "X",
    readOnly: true,
  });
  expect(parseRunMount("type=bind,target=/x,rw")).toMatchObject({ readOnly: false });
  expect(() => parseRunMount("type=secret")).toThrow("needs an id");
  expect(() => parseRunMount("type=tmpfs,target=/x,size=big")).toThrow("invalid size");
});

test.each([
  ["a*/b", "abc/b", true],
  ["a*/b", "a/c/b", false],
  ["*", "a/b", false],
  ["[a-c]?", "bz", true],
  ["[^a-c]?", "bz", false],
  ["a\\*", "a*", true],
])("compileFileGlob(%s) on %s is %p", (pattern, path, expected) => {
  expect(matchesWhole(compileFileGlob(pattern), path)).toBe(expected);
});

test("hasWildcards() sees through escapes", () => {
  expect(["a*", "a\\*", "[x", "a?", "a\\\\*", "plain"].map(hasWildcards)).toEqual([
    true,
    false,
    true,
    true,
    true,
    false,
  ]);
});

test.each([
  ["", "."],
  ["/", "/"],
  ["a//b/./c/..", "a/b"],
  ["/../a", "/a"],
  ["../a", "../a"],
  ["a/../..", ".."],
])("cleanPath(%s)", (path, expected) => {
  expect(cleanPath(path)).toBe(expected);
});

test("goQuoteList() prints as Go's %q", () => {
  expect(goQuoteList(["a b", '"\\\n', "é☃", "\u0000\u200b\u{1f600}"])).toBe(
    '["a b" "\\"\\\\\\n" "é☃" "\\x00\\u200b😀"]',
  );
});

test.each([
  ["vendor.com/class=one", { name: "vendor.com/class=one", required: false }],
  ["vendor.com/class,required", { name: "vendor.com/class", required: true }],
  ["required,vendor.com/class=*", { name: "vendor.com/class=*", required: true }],
  ["name=vendor.com/class=one,required=1", { name: "vendor.com/class=one", required: true }],
  ["Required=false,alias", { name: "alias", required: false }],
])("parseRunDevice(%s)", (text, expected) => {
  expect(parseRunDevice(text)).toEqual(expected);
});

test.each([
  "",
  "required",
  "a.b/c=d,mode=1",
  "a.b/c=d,e",
  "a,name=b",
  "a,required=maybe",
])("parseRunDevice() refuses %j", (text) => {
  expect(() => parseRunDevice(text)).toThrow();
});
