import { expect, test } from "bun:test";
import { RouteCache } from "./route-cache.ts";
import { routeOf, splitUrl } from "./router.ts";

test("RouteCache.find() is what the router says, the first time and ever after", () => {
  const routes = new RouteCache();
  const urls = ["/v2/", "/v2/a/manifests/v1", "/v2/a/tags/list?n=1", "/v2/a/blobs/uploads/x", "/elsewhere"];
  for (const url of [...urls, ...urls].map((path) => `http://h:1${path}`)) {
    const { path, query } = splitUrl(url);
    expect(routes.find(url)).toEqual({ route: routeOf(path), query });
  }
  expect(() => routes.find("http://h/v2/A/tags/list")).toThrow();
  for (let index = 0; index < 10_000; index++) routes.find(`http://h/v2/a${index}/tags/list`);
  expect(routes.find("http://h/v2/a/tags/list").route).toEqual({ kind: "tags", repository: "a" });
});
