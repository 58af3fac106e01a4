import { expect, test } from "bun:test";
import { asSeenFromOutside } from "./outside-view.ts";

const somebody = { address: "192.0.2.1" };

test.each([
  ["/reg/v2/a/tags/list?n=1", "/v2/a/tags/list?n=1"],
  ["/reg/v2/", "/v2/"],
  ["/reg", "/"],
  ["/reg/auth/token", "/auth/token"],
  ["/healthz", "/healthz"],
  ["/v2/", undefined],
  ["/v2/reg/v2/", undefined],
])("below a prefix %s is %j, of the same request", async (path, inside) => {
  const seen: Request[] = [];
  const handle = asSeenFromOutside(
    (request) => {
      seen.push(request);
      return new Response(null);
    },
    { prefix: "/reg/", isRelativeUrls: false, headers: {} },
  );
  const request = new Request(`http://registry.test:5000${path}`, { method: "POST", body: "hello" });
  const { status } = await handle(request, somebody);
  expect(status).toBe(inside === undefined ? 404 : 200);
  expect(seen.map(({ url }) => url)).toEqual(
    inside === undefined ? [] : [`http://registry.test:5000${inside}`],
  );
  // Not a copy of it: that would take the body into memory as fast as it comes.
  if (inside !== undefined) expect(seen[0]).toBe(request);
});
