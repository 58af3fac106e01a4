import { expect, test } from "bun:test";
import { pathStart, routeKindOf } from "./route-kind.ts";

test.each([
  ["/v2/", "base"],
  ["/v2", "base"],
  ["/v2/?x=/v2/a/manifests/b", "base"],
  ["/v2/_catalog?n=1", "catalog"],
  ["/v2/a/manifests/v1", "manifest"],
  ["/v2/a/b/c/manifests/sha256:00?ns=x", "manifest"],
  ["/v2/a/blobs/sha256:00", "blob"],
  ["/v2/a/blobs/uploads/", "blob_upload"],
  ["/v2/a/blobs/uploads", "blob_upload"],
  ["/v2/a/blobs/uploads/?mount=sha256:0&from=c/d", "blob_upload"],
  ["/v2/a/blobs/uploads/0f-1?digest=sha256:0", "blob_upload_chunk"],
  ["/v2/a/tags/list?n=1", "tags"],
  ["/v2/a/referrers/sha256:00", "referrers"],
  ["/prefix/v2/a/manifests/v1", "manifest"],
  ["/token?service=x", "token"],
  ["/", "other"],
  ["", "other"],
  ["/v2/manifests", "other"],
  ["/favicon.ico", "other"],
  ["/?/v2/a/manifests/b", "other"],
] as const)("routeKindOf(%s) is %s", (path, kind) => {
  for (const origin of ["", "http://127.0.0.1:5000", "https://[::1]", "http://v2"]) {
    expect(routeKindOf(origin + path)).toBe(kind);
  }
});

test("pathStart() finds the path behind any host", () => {
  for (const url of ["/a", "http://h/a", "https://u:p@h:1/a", "http://h"]) {
    expect(url.slice(pathStart(url))).toBe(url === "http://h" ? "" : "/a");
  }
});
