import { expect, test } from "bun:test";
import { openMemoryBlobs } from "../../blob/mod.ts";
import { openSqliteMeta } from "../../meta/mod.ts";
import { createRegistry, type Guard, RegistryFailure, unguarded } from "../../registry/mod.ts";
import type { AuditEntry } from "./audit-log.ts";
import { MetricSet } from "./metric-set.ts";
import { RateLimit } from "./rate-limit.ts";
import { callerOf } from "./request-notes.ts";
import { UploadLimit } from "./upload-limit.ts";
import { watchGuard } from "./watch-guard.ts";
import { watchRequests } from "./watch-requests.ts";

const peer = { address: "192.0.2.7" };
const entries: AuditEntry[] = [];
const audit = {
  record: async (entry: AuditEntry) => void entries.push(entry),
  reopen: async () => {},
  close: async () => {},
};
/** ann may come in, whatever her password; others may not. */
const inner: Guard = {
  async admit(request) {
    const name = atob(request.headers.get("authorization")?.slice(6) ?? "").split(":")[0]!;
    if (name === "ann") return { ...unguarded, caller: { kind: "user", name } };
    throw new RegistryFailure("UNAUTHORIZED");
  },
};
const asking = (user: string) =>
  new Request("http://r/v2/", {
    headers: user === "" ? {} : { authorization: `Basic ${btoa(`${user}:hunter2`)}` },
  });
const limited = () => new MetricSet().counter("limited", "L.");

test("who was admitted is known to the logs", async () => {
  const guard = watchGuard(inner, { limited: limited() });
  const request = asking("ann");
  expect((await guard.admit(request, peer)).caller.name).toBe("ann");
  expect(callerOf(request)).toEqual({ kind: "user", name: "ann" });
});

test("a failed login is written down with the name and without the password; a question for the way in is not", async () => {
  entries.length = 0;
  const guard = watchGuard(inner, { audit, limited: limited() });
  for (const user of ["", "bob"])
    expect(guard.admit(asking(user), peer)).rejects.toMatchObject({ status: 401 });
  const colonless = new Request("http://r/v2/", { headers: { authorization: `Basic ${btoa("hunter2")}` } });
  const bearer = new Request("http://r/v2/", { headers: { authorization: "Bearer hunter2" } });
  for (const request of [colonless, bearer])
    await Promise.resolve(guard.admit(request, peer)).catch(() => {});
  await Bun.sleep(0);
  expect(entries.map(({ action, address, detail }) => ({ action, address, detail }))).toEqual([
    { action: "login-failed", address: "192.0.2.7", detail: { scheme: "basic", claimedUser: "bob" } },
    { action: "login-failed", address: "192.0.2.7", detail: { scheme: "basic", claimedUser: undefined } },
    { action: "login-failed", address: "192.0.2.7", detail: { scheme: "other", claimedUser: undefined } },
  ]);
  expect(JSON.stringify(entries)).not.toContain("hunter2");
});

test("guessing passwords uses up the address, and not the user it tries", async () => {
  const rate = new RateLimit({ requestsPerSecond: 0.001, burst: 2 });
  const guard = watchGuard(inner, { rate, limited: limited() });
  const statuses: number[] = [];
  for (let count = 0; count < 3; count++) {
    await Promise.resolve(guard.admit(asking("bob"), peer)).catch((failure: RegistryFailure) =>
      statuses.push(failure.status),
    );
  }
  expect(statuses).toEqual([401, 401, 429]);
  expect((await guard.admit(asking("ann"), peer)).caller.name).toBe("ann");
});

const parts = () => ({ blobs: openMemoryBlobs(), meta: openSqliteMeta(":memory:") });

test("the registry answers who is too fast with 429 as the specification has it", async () => {
  const counted = limited();
  const guard = watchGuard(undefined, {
    rate: new RateLimit({ requestsPerSecond: 1, burst: 1 }),
    limited: counted,
  });
  const registry = createRegistry({ ...parts(), guard });
  expect((await registry(new Request("http://r/v2/"), peer)).status).toBe(200);
  const refused = await registry(new Request("http://r/v2/"), peer);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(refused.headers.get("ratelimit-limit")).toBe("1");
  expect(await refused.json()).toMatchObject({ errors: [{ code: "TOOMANYREQUESTS" }] });
  expect((await registry(new Request("http://r/v2/"), { address: "192.0.2.8" })).status).toBe(200);
  expect(counted.cell({ reason: "rate" }).value).toBe(1);
});

test("uploads at the same time have a limit, and the end of each makes room", async () => {
  const uploads = new UploadLimit(1);
  const guard = watchGuard(undefined, { uploads, limited: limited() });
  const registry = watchRequests(createRegistry({ ...parts(), guard }), { uploads });
  const begin = () => registry(new Request("http://r/v2/a/blobs/uploads/", { method: "POST" }), peer);
  const location = (await begin()).headers.get("location")!;
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const sending = registry(new Request(`http://r${location}`, { method: "PATCH", body: readable }), peer);
  expect((await begin()).status).toBe(429);
  expect((await registry(new Request("http://r/v2/a/tags/list"), peer)).status).not.toBe(429);
  const writer = writable.getWriter();
  await writer.write(new TextEncoder().encode("hello"));
  await writer.close();
  expect((await sending).status).toBe(202);
  expect((await begin()).status).toBe(202);
  expect(uploads.count).toBe(0);
});
