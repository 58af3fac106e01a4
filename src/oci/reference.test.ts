import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isKasaneError } from "../lib/mod.ts";
import {
  familiarName,
  familiarReference,
  formatReference,
  parseReference,
  withDefaultTag,
} from "./reference.ts";

const hex = "0123456789abcdef".repeat(4);

describe("parseReference()", () => {
  test.each([
    ["nginx", "docker.io/library/nginx"],
    ["nginx:1.27", "docker.io/library/nginx:1.27"],
    ["library/nginx", "docker.io/library/nginx"],
    ["docker.io/nginx", "docker.io/library/nginx"],
    ["index.docker.io/nginx", "docker.io/library/nginx"],
    ["index.docker.io/user/app", "docker.io/user/app"],
    ["user/app", "docker.io/user/app"],
    ["a/b/c/d", "docker.io/a/b/c/d"],
    ["localhost/app", "localhost/app"],
    ["localhost:5000/app:tag", "localhost:5000/app:tag"],
    ["localhost:80", "docker.io/library/localhost:80"],
    ["host:5000/a/b:tag", "host:5000/a/b:tag"],
    [`host:5000/a/b:tag@sha256:${hex}`, `host:5000/a/b:tag@sha256:${hex}`],
    [`nginx@sha256:${hex}`, `docker.io/library/nginx@sha256:${hex}`],
    [`nginx@sha512:${hex}${hex}`, `docker.io/library/nginx@sha512:${hex}${hex}`],
    ["127.0.0.1:5000/x", "127.0.0.1:5000/x"],
    ["[::1]:5000/x", "[::1]:5000/x"],
    ["[2001:db8::1]/x:y", "[2001:db8::1]/x:y"],
    ["Registry/app", "Registry/app"],
    ["GHCR.io/owner/app", "GHCR.io/owner/app"],
    ["xn--n3h.com/myimage:xn--n3h", "xn--n3h.com/myimage:xn--n3h"],
    ["a__b/c-d---e.f_g", "docker.io/a__b/c-d---e.f_g"],
    ["app:_A.b-C", "docker.io/library/app:_A.b-C"],
    [`app:${"t".repeat(128)}`, `docker.io/library/app:${"t".repeat(128)}`],
    [`${hex}:latest`, `docker.io/library/${hex}:latest`],
    [`user/${hex}`, `docker.io/user/${hex}`],
    ["host.example/library/app", "host.example/library/app"],
  ])("reads %s", (text, canonical) => {
    expect(formatReference(parseReference(text))).toBe(canonical);
  });

  test.each([
    "",
    " ",
    "Nginx",
    "user/App",
    "docker.io/Nginx",
    ":tag",
    "app:",
    "app:-x",
    "app:.x",
    `app:${"t".repeat(129)}`,
    "app@",
    "app@sha256:abc",
    `app@sha256:${hex.toUpperCase()}`,
    `app@md5:${hex}`,
    `app@sha256:${hex}@sha256:${hex}`,
    "a//b",
    "/a",
    "a/",
    "a.",
    "-a",
    "a_-b",
    "a___b",
    "a..b",
    "host:/app",
    "host:port/app",
    "host:99999/app",
    "-host.com/app",
    "host-.com/app",
    "[::1/app",
    "[zz]:5000/app",
    "http://host/app",
    "https://host.example/app:tag",
    hex,
    "app tag",
    "app\n",
    "äpp",
    "../../etc/passwd",
    `${"a".repeat(250)}/b`,
    "x".repeat(100_000),
  ])("refuses %j", (text) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ name: "KasaneError", code: "invalid-reference" }),
    );
  });

  test("counts the default host and library/ against the limit of 255", () => {
    const longest = "a".repeat(255 - "docker.io/library/".length);
    expect(parseReference(longest).repository).toBe(`library/${longest}`);
    expect(() => parseReference(`${longest}a`)).toThrow("longer than 255");
  });

  test("names what is wrong", () => {
    expect(() => parseReference("user/App")).toThrow(
      '"user/App" is not a valid image reference: the repository name must be lower case',
    );
    expect(() => parseReference(hex)).toThrow("image ID");
  });

  test("throws nothing but invalid-reference, whatever it is given", () => {
    const nearMiss = fc.string({
      unit: fc.constantFrom(..."aA0.:/@_-[]%\n é".split(""), "sha256:"),
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.oneof(nearMiss, fc.string()), (text) => {
        try {
          const reference = parseReference(text);
          expect(parseReference(formatReference(reference))).toEqual(reference);
          expect(parseReference(familiarReference(reference))).toEqual(reference);
        } catch (error) {
          if (!isKasaneError(error, "invalid-reference")) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("familiarReference()", () => {
  test.each([
    ["docker.io/library/nginx:latest", "nginx:latest", "nginx"],
    ["docker.io/user/app", "user/app", "user/app"],
    ["docker.io/library/a/b", "library/a/b", "library/a/b"],
    ["docker.io/localhost/app", "docker.io/localhost/app", "docker.io/localhost/app"],
    ["docker.io/a.b/c", "docker.io/a.b/c", "docker.io/a.b/c"],
    ["localhost:5000/a/b:tag", "localhost:5000/a/b:tag", "localhost:5000/a/b"],
    [`docker.io/library/${hex}`, `library/${hex}`, hex],
    [`nginx:1@sha256:${hex}`, `nginx:1@sha256:${hex}`, "nginx"],
  ])("shortens %s", (text, reference, name) => {
    expect(familiarReference(parseReference(text))).toBe(reference);
    expect(familiarName(parseReference(text))).toBe(name);
  });

  test("gives back the same reference when it is parsed again", () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,6}([._-][a-z0-9]{1,4})?$/);
    const host = fc.constantFrom("docker.io", "localhost", "localhost:5000", "ghcr.io", "[::1]:5000", "Up");
    fc.assert(
      fc.property(
        host,
        fc.array(word, { minLength: 1, maxLength: 4 }),
        fc.option(fc.stringMatching(/^\w[\w.-]{0,10}$/), { nil: undefined }),
        fc.boolean(),
        (registry, path, tag, digest) => {
          const text = `${registry}/${path.join("/")}${tag ? `:${tag}` : ""}${digest ? `@sha256:${hex}` : ""}`;
          const reference = parseReference(text);
          expect(parseReference(familiarReference(reference))).toEqual(reference);
        },
      ),
    );
  });
});

test("withDefaultTag() adds latest only where there is neither tag nor digest", () => {
  expect(withDefaultTag(parseReference("a")).tag).toBe("latest");
  expect(withDefaultTag(parseReference("a:b")).tag).toBe("b");
  expect(withDefaultTag(parseReference(`a@sha256:${hex}`)).tag).toBeUndefined();
});
