import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isRepositoryName, isTag } from "./names.ts";
import { routeOf, splitUrl } from "./router.ts";

describe("routeOf()", () => {
  test.each([
    ["/v2/", { kind: "base" }],
    ["/v2", { kind: "base" }],
    ["/v2/_catalog", { kind: "catalog" }],
    ["/v2/a/tags/list", { kind: "tags", repository: "a" }],
    ["/v2/a/b/c/manifests/latest", { kind: "manifest", repository: "a/b/c", reference: "latest" }],
    ["/v2/a/blobs/sha256:00", { kind: "blob", repository: "a", digest: "sha256:00" }],
    ["/v2/a/b/blobs/uploads/", { kind: "uploads", repository: "a/b" }],
    ["/v2/a/b/blobs/uploads", { kind: "uploads", repository: "a/b" }],
    ["/v2/a/blobs/uploads/x-1", { kind: "upload", repository: "a", id: "x-1" }],
    ["/v2/a/referrers/sha256:00", { kind: "referrers", repository: "a", digest: "sha256:00" }],
    // Names that look like parts of the API.
    ["/v2/blobs/uploads/manifests/v1", { kind: "manifest", repository: "blobs/uploads", reference: "v1" }],
    [
      "/v2/manifests/manifests/manifests",
      { kind: "manifest", repository: "manifests", reference: "manifests" },
    ],
    ["/v2/tags/list/tags/list", { kind: "tags", repository: "tags/list" }],
    ["/v2/a/tags/list/blobs/uploads/", { kind: "uploads", repository: "a/tags/list" }],
  ])("reads %s", (path, route) => {
    expect(routeOf(path)).toEqual(route as never);
  });

  test.each([
    "/",
    "/v1/",
    "/v2/x",
    "/v2/a/tags",
    "/v2/a/tags/other",
    "/v2/_catalog/",
    "/v2//",
    `/v2/${"a/".repeat(600)}tags/list`,
  ])("knows nothing of %s", (path) => {
    expect(routeOf(path)).toBeUndefined();
  });

  test.each([
    "/v2/../../etc/passwd/manifests/x",
    "/v2/a/../b/tags/list",
    "/v2/./a/tags/list",
    "/v2//tags/list",
    "/v2/a//b/tags/list",
    "/v2/A/tags/list",
    "/v2/_oci/tags/list",
    "/v2/a b/tags/list",
    "/v2/a\0/blobs/uploads/",
    "/v2/-a/tags/list",
    "/v2/a__b___c/tags/list",
    `/v2/${"a".repeat(256)}/tags/list`,
  ])("refuses the name in %j", (path) => {
    expect(() => routeOf(path)).toThrow("invalid repository name");
  });

  test("never takes a name that the grammar does not have", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        try {
          const route = routeOf(`/v2/${name}/tags/list`);
          expect(route).toEqual({ kind: "tags", repository: name });
          expect(name).toMatch(/^[a-z0-9][a-z0-9._/-]*$/);
        } catch (error) {
          expect(String(error)).toContain("invalid repository name");
        }
      }),
    );
  });
});

test("isRepositoryName() takes the separators of the specification and is quick with long names", () => {
  for (const name of ["a", "a.b", "a_b", "a__b", "a-b", "a---b", "library/nginx", "0/1"]) {
    expect(isRepositoryName(name)).toBe(true);
  }
  for (const name of ["", "a.", ".a", "a..b", "a_-b", "a/", "/a", "é"])
    expect(isRepositoryName(name)).toBe(false);
  expect(isRepositoryName("a-".repeat(100_000))).toBe(false);
});

test("isTag() has the limits of the specification", () => {
  for (const tag of ["a", "_a", "A.b-c_d", "a".repeat(128)]) expect(isTag(tag)).toBe(true);
  for (const tag of ["", ".a", "-a", "a".repeat(129), "a/b", "a:b", "a b", "a\n"])
    expect(isTag(tag)).toBe(false);
});

test.each([
  ["http://host:5000/v2/a?b=c", "/v2/a", "b=c"],
  ["/v2/a?b=c#d", "/v2/a", "b=c"],
  ["http://host", "", ""],
  ["http://h/v2/a/../b", "/v2/a/../b", ""],
  ["http://h/v2/a/blobs/sha256%3Aab", "/v2/a/blobs/sha256:ab", ""],
  ["http://h/v2/%zz", "/v2/%zz", ""],
  ["http://h/v2/a?x=http://y/z", "/v2/a", "x=http://y/z"],
])("splitUrl() splits %s as it stands", (url, path, query) => {
  expect(splitUrl(url)).toEqual({ path, query });
});
