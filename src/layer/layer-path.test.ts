import { expect, test } from "bun:test";
import fc from "fast-check";
import { isKasaneError } from "../lib/mod.ts";
import { opaquePath, parseHardLinkTarget, parseLayerPath, whiteoutPath } from "./layer-path.ts";

test.each([
  ["", "entry", ""],
  ["/", "entry", ""],
  ["./", "entry", ""],
  [".", "entry", ""],
  ["a", "entry", "a"],
  ["./a//b/./c/", "entry", "a/b/c"],
  ["/etc/passwd", "entry", "etc/passwd"],
  ["a/../b", "entry", "b"],
  ["a/..", "entry", ""],
  ["...", "entry", "..."],
  ["a/..b/.c", "entry", "a/..b/.c"],
  ["a.wh.b", "entry", "a.wh.b"],
  ["x/a.wh.b/c", "entry", "x/a.wh.b/c"],
  [".wh.a", "whiteout", "a"],
  ["d/e/.wh.a", "whiteout", "d/e/a"],
  ["./d/.wh.a/", "whiteout", "d/a"],
  ["d/.wh....", "whiteout", "d/..."],
  [".wh..a", "whiteout", ".a"],
  [".wh..wh..opq", "opaque", ""],
  ["d/.wh..wh..opq", "opaque", "d"],
  [".wh..wh.plnk", "bookkeeping", ".wh..wh.plnk"],
  [".wh..wh.plnk/12.34", "bookkeeping", ".wh..wh.plnk/12.34"],
  ["x\ny", "entry", "x\ny"],
])("parseLayerPath(%j) is %s %j", (name, kind, path) => {
  expect(parseLayerPath(name)).toEqual({ kind: kind as "entry", path });
});

test.each([
  ["../a"],
  [".."],
  ["a/../../b"],
  ["/.."],
  [".wh."],
  [".wh.."],
  ["d/.wh..."],
  [".wh.a/b"],
  ["d/.wh.a/.wh.b"],
  ["a\0b"],
])("parseLayerPath(%j) is refused", (name) => {
  expect(() => parseLayerPath(name)).toThrow(expect.objectContaining({ code: "invalid-layer" }));
});

test("parseHardLinkTarget() is cleaned and cannot leave the root", () => {
  expect(parseHardLinkTarget("/bin/../sbin/x", "y")).toBe("sbin/x");
  expect(() => parseHardLinkTarget("../../etc/shadow", "y")).toThrow(/leaves the root/);
});

test("parseLayerPath() reads back what whiteoutPath() and opaquePath() write", () => {
  expect(whiteoutPath("d/a")).toBe("d/.wh.a");
  expect(parseLayerPath(opaquePath(""))).toEqual({ kind: "opaque", path: "" });
  expect(parseLayerPath(whiteoutPath("a"))).toEqual({ kind: "whiteout", path: "a" });
  expect(parseLayerPath(opaquePath("d/e"))).toEqual({ kind: "opaque", path: "d/e" });
});

test("parseLayerPath() gives a clean path or refuses, whatever the name", () => {
  const part = fc.oneof(
    fc.constantFrom("", ".", "..", ".wh.", ".wh..wh..opq", ".wh.x"),
    fc.string({ maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      let path: string;
      try {
        path = parseLayerPath(parts.join("/")).path;
      } catch (error) {
        expect(isKasaneError(error, "invalid-layer")).toBe(true);
        return;
      }
      if (path === "") return;
      for (const name of path.split("/")) expect(["", ".", ".."]).not.toContain(name);
      expect(path).not.toContain("\0");
    }),
  );
});
