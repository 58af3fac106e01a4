import { expect, test } from "bun:test";
import { isGitAddress, parseGitAddress } from "./git-address.ts";

test.each([
  ["https://example.com/a/b.git", true],
  ["HTTPS://example.com/b.git#v1:x", true],
  ["http://example.com/b.git?ref=v1", true],
  ["https://example.com/b.git/x", false],
  ["https://example.com/b", false],
  ["https://example.com/x?y=b.git", false],
  ["git://example.com/b", true],
  ["ssh://git@example.com/b", true],
  ["git@example.com:a/b", true],
  ["user-1@host:path#ref", true],
  ["-oProxyCommand=x@host:path", false],
  ["-x@host:path", false],
  ["./git@example.com:a", false],
  ["file:///etc/x.git", false],
  ["ext::sh -c x", false],
  ["dir/file", false],
])("isGitAddress(%s) is %p", (text, expected) => {
  expect(isGitAddress(text)).toBe(expected);
});

test.each<[string, object]>([
  [
    "https://u:p%40@example.com:8443/a.git#v1:x/../y/",
    {
      remote: "https://example.com:8443/a.git",
      credentials: "u:p@",
      host: "example.com:8443",
      ref: "v1",
      subdirectory: "y",
    },
  ],
  [
    "git@example.com:a/b.git?branch=main&submodules=0#:../../etc",
    {
      remote: "git@example.com:a/b.git",
      isSsh: true,
      ref: "refs/heads/main",
      subdirectory: "etc",
      submodules: false,
    },
  ],
  ["ssh://git:pw@example.com/a.git", { remote: "ssh://git@example.com/a.git", isSsh: true }],
  ["https://example.com/a.git?keep-git-dir&checksum=ABCDEF1", { keepGitDir: true, checksum: "abcdef1" }],
  ["https://example.com/a.git?ref=v1#v1", { ref: "v1" }],
])("parseGitAddress(%s)", (text, expected) => {
  expect(parseGitAddress(text)).toMatchObject(expected);
});

test.each([
  "https://example.com/a.git#--upload-pack=x",
  "https://example.com/a.git#a..b",
  "https://example.com/a.git?ref=a:b",
  "https://example.com/a.git?ref=a%00b",
  "https://example.com/a.git?ref=a&ref=b",
  "https://example.com/a.git?tag=a&branch=b",
  "https://example.com/a.git?ref=",
  "https://example.com/a.git?color=red",
  "https://example.com/a.git?submodules=maybe",
  "ssh://-oProxyCommand=x/a.git",
  `https://example.com/${"a".repeat(5000)}.git`,
  "git@example.com:a b",
])("parseGitAddress(%s) is refused", (text) => {
  expect(() => parseGitAddress(text)).toThrow(/invalid git address|is no commit/);
});

test("an address that is refused keeps its password to itself", () => {
  expect(() => parseGitAddress("https://u:secret@example.com/a.git?x=1")).toThrow(/^(?!.*secret)/s);
});
