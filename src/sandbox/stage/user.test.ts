import { expect, test } from "bun:test";
import fc from "fast-check";
import { resolveUser } from "./user.ts";

const passwd = [
  "# comment",
  "root:x:0:0:root:/root:/bin/sh",
  "web:x:33:33:www:/srv/www:/bin/sh",
  "broken:x",
  "1000:x:7:8::/seven:/bin/sh",
  "node:x:1000:1000::/home/node:/bin/sh",
  "homeless:x:1001:1001:::",
  "huge:x:4294967295:0::/:",
].join("\n");
const group = [
  "root:x:0:",
  "web:x:33:",
  "extra:x:44:web,node",
  "more:x:45:web",
  "bad:x:nan:web",
  "root2:x:10:root",
].join("\n");

test.each([
  ["", { uid: 0, gid: 0, groups: [0, 10], home: "/root" }],
  ["root", { uid: 0, gid: 0, groups: [0, 10], home: "/root" }],
  ["0", { uid: 0, gid: 0, groups: [0, 10], home: "/root" }],
  ["web", { uid: 33, gid: 33, groups: [33, 44, 45], home: "/srv/www" }],
  ["33", { uid: 33, gid: 33, groups: [33, 44, 45], home: "/srv/www" }],
  ["web:extra", { uid: 33, gid: 44, groups: [44], home: "/srv/www" }],
  ["web:9999", { uid: 33, gid: 9999, groups: [9999], home: "/srv/www" }],
  ["4711", { uid: 4711, gid: 0, groups: [0], home: "/" }],
  ["4711:33", { uid: 4711, gid: 33, groups: [33], home: "/" }],
  ["homeless", { uid: 1001, gid: 1001, groups: [1001], home: "/" }],
  ["web:", { uid: 33, gid: 33, groups: [33, 44, 45], home: "/srv/www" }],
  [":extra", { uid: 0, gid: 44, groups: [44], home: "/root" }],
])("resolveUser(%j) reads passwd and group as Docker does", (spec, expected) => {
  expect(resolveUser(spec, passwd, group)).toEqual(expected);
});

test("resolveUser() takes a name that looks like a number for the name first", () => {
  expect(resolveUser("1000", passwd, group).uid).toBe(7);
});

test.each([
  ["nobody", "unable to find user nobody: no matching entries in passwd file"],
  ["web:nogroup", "unable to find group nogroup: no matching entries in group file"],
  ["huge", "unable to find user huge: no matching entries in passwd file"],
  ["4294967295", "unable to find user 4294967295: no matching entries in passwd file"],
  ["-1", "unable to find user -1: no matching entries in passwd file"],
])("resolveUser(%j) fails", (spec, message) => {
  expect(() => resolveUser(spec, passwd, group)).toThrow(message);
});

test("resolveUser() never gives an id that the kernel reads as 'leave it as it is'", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (spec, users, groups) => {
      try {
        const { uid, gid, groups: all } = resolveUser(spec, users, groups);
        for (const id of [uid, gid, ...all]) expect(id >= 0 && id < 2 ** 31).toBe(true);
      } catch (error) {
        expect(String(error)).toContain("unable to find");
      }
    }),
  );
});
