import { afterEach, beforeEach, expect, test } from "bun:test";
import { openMemoryBlobs } from "../blob/mod.ts";
import { type Meta, openSqliteMeta } from "../meta/mod.ts";
import { digestOf } from "../oci/mod.ts";
import { createRegistry, type Guard, noRules, type Registry, unguarded } from "./mod.ts";
import { errorCode } from "./testing/test-registry.ts";

/** Whoever the header says. */
const guard: Guard = {
  admit: ({ headers }) => ({ ...unguarded, caller: { kind: "user", name: headers.get("x-user") ?? "" } }),
};

let meta: Meta;
let handle: Registry;
let unfinished = { uploads: 3, bytes: 1000 };
beforeEach(() => {
  meta = openSqliteMeta(":memory:");
  unfinished = { uploads: 3, bytes: 1000 };
  handle = open();
});
afterEach(() => meta.close());
const blobs = openMemoryBlobs();
const open = () => createRegistry({ blobs, meta, guard, rules: () => ({ ...noRules, unfinished }) });

const send = (method: string, path: string, options: { user?: string; size?: number; from?: string } = {}) =>
  handle(
    new Request(`http://x${path}`, {
      method,
      headers: { "x-user": options.user ?? "ann" },
      ...(options.size === undefined ? {} : { body: new Uint8Array(options.size) }),
    }),
    { address: options.from ?? "192.0.2.1" },
  );
const begin = async (options?: Parameters<typeof send>[2]) => {
  const response = await send("POST", "/v2/a/blobs/uploads/", options);
  return { status: response.status, location: response.headers.get("location") ?? "", response };
};

test("a client that only begins uploads is told to wait; others are not, and it is not either once it ends one", async () => {
  const [first, second] = [await begin(), await begin(), await begin()];
  const { status, response } = await begin();
  expect(status).toBe(429);
  expect(response.headers.get("retry-after")).toBe("60");
  expect(await response.clone().text()).toContain("3 unfinished uploads and 1000 bytes in them");
  expect(await errorCode(response)).toBe("TOOMANYREQUESTS");
  expect((await begin({ user: "bob" })).status).toBe(202);
  // Another process, or this one after a restart, counts on.
  handle = open();
  expect((await begin()).status).toBe(429);
  expect((await send("DELETE", first!.location)).status).toBe(204);
  expect((await begin()).status).toBe(202);
  expect((await begin()).status).toBe(429);
  const digest = digestOf(new Uint8Array(5));
  expect((await send("PUT", `${second!.location}?digest=${digest}`, { size: 5 })).status).toBe(201);
  expect((await begin()).status).toBe(202);
  // A blob in one request leaves nothing unfinished.
  expect((await send("POST", `/v2/a/blobs/uploads/?digest=${digest}`, { size: 5 })).status).toBe(201);
});

test("the nameless are told apart by where they come from", async () => {
  const nameless = (from: string) => begin({ user: "", from });
  for (let count = 0; count < 3; count++) expect((await nameless("192.0.2.1")).status).toBe(202);
  expect((await nameless("192.0.2.1")).status).toBe(429);
  expect((await nameless("192.0.2.2")).status).toBe(202);
});

test("bytes count: an upload can be as large as it is, but not beside others that are", async () => {
  const [one, two] = [await begin(), await begin()];
  expect((await send("PATCH", one.location, { size: 900 })).status).toBe(202);
  expect((await begin()).status).toBe(202);
  expect((await send("PATCH", one.location, { size: 5000 })).status).toBe(202);
  expect((await send("PATCH", one.location, { size: 1 })).status).toBe(202);
  const refused = await send("PATCH", two.location, { size: 1 });
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("60");
  unfinished = { uploads: 100, bytes: 1000 };
  expect((await begin()).status).toBe(429);
  // Ending it is never refused, and makes room.
  const digest = digestOf(new Uint8Array(5901));
  expect((await send("PUT", `${one.location}?digest=${digest}`)).status).toBe(201);
  expect((await send("PATCH", two.location, { size: 1 })).status).toBe(202);
  expect((await begin()).status).toBe(202);
});

test("0 is no limit", async () => {
  unfinished = { uploads: 0, bytes: 0 };
  for (let count = 0; count < 5; count++) {
    const { location } = await begin();
    expect((await send("PATCH", location, { size: 2000 })).status).toBe(202);
  }
});
