import { beforeEach, expect, test } from "bun:test";
import type { Caller } from "../../registry/mod.ts";
import type { AuditEntry } from "./audit-log.ts";
import { MetricSet } from "./metric-set.ts";
import { RateLimit } from "./rate-limit.ts";
import { callerOf } from "./request-notes.ts";
import { watchTokens } from "./watch-tokens.ts";

const peer = { address: "192.0.2.7" };
const ann: Caller = { kind: "user", name: "ann" };
const nobody: Caller = { kind: "anonymous", name: "" };
const scope = "repository:team/app:pull";
const entries: AuditEntry[] = [];
const audit = {
  record: async (entry: AuditEntry) => void entries.push(entry),
  reopen: async () => {},
  close: async () => {},
};
beforeEach(() => {
  entries.length = 0;
});
const limitOf = (burst: number) => new RateLimit({ requestsPerSecond: 1, burst }, () => 0);
const asking = (init?: RequestInit) => new Request("http://r/auth/token?service=x", init);

test("a token for somebody is written down, and who it is known to the access log; one for nobody is not", () => {
  const tokens = watchTokens({ audit, limited: new MetricSet().counter("limited", "L.") });
  const request = asking();
  tokens.beforeToken({ request, peer, caller: ann, scope });
  tokens.beforeToken({ request: asking(), peer, caller: nobody, scope });
  expect(entries).toMatchObject([{ action: "token-issued", caller: ann, detail: { scope } }]);
  expect(callerOf(request)).toEqual(ann);
});

test("each counts against its own limit: users by name, others by address", () => {
  const limited = new MetricSet().counter("limited", "L.");
  const tokens = watchTokens({ rate: limitOf(1), limited });
  const ask = (caller: Caller) => tokens.beforeToken({ request: asking(), peer, caller, scope });
  ask(ann);
  ask(nobody);
  for (const caller of [ann, nobody])
    expect(() => ask(caller)).toThrow(expect.objectContaining({ status: 429 }));
  expect(limited.cell({ reason: "rate" }).value).toBe(2);
});

test("whom it refuses is written down and counts against the address, until only that is said", async () => {
  const limited = new MetricSet().counter("limited", "L.");
  const tokens = watchTokens({ rate: limitOf(2), audit, limited });
  const answer = tokens.around(async () => new Response("wrong", { status: 401 }));
  const authorization = `Basic ${btoa("ann:hunter2")}`;
  const asks = [
    asking({ headers: { authorization } }),
    asking({ method: "POST", body: new URLSearchParams({ password: "hunter2" }) }),
    asking({ headers: { authorization } }),
  ];
  const statuses = [];
  for (const request of asks) statuses.push((await answer(request, peer))!.status);
  expect(statuses).toEqual([401, 401, 429]);
  expect(entries.map(({ action, detail }) => [action, detail?.scheme, detail?.claimedUser])).toEqual([
    ["login-failed", "basic", "ann"],
    ["login-failed", "form", undefined],
    ["login-failed", "basic", "ann"],
  ]);
  expect(JSON.stringify(entries)).not.toContain("hunter2");
});

test("without limits and log nothing is put around it", () => {
  const answer = () => undefined;
  const tokens = watchTokens({ limited: new MetricSet().counter("limited", "L.") });
  expect(tokens.around(answer)).toBe(answer);
});
