import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMemoryBlobs } from "../../blob/mod.ts";
import { type Meta, openSqliteMeta } from "../../meta/mod.ts";
import { mediaTypes } from "../../oci/mod.ts";
import { createRegistry, type Registry } from "../../registry/mod.ts";
import { imageManifest } from "../../registry/testing/test-registry.ts";
import { type Operations, type OperationsOptions, openOperations } from "./operations.ts";
import { startReceiver } from "./testing/receiver.ts";

let root: string;
let meta: Meta;
let opened: Operations[];
const warnings: string[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kasane-operations-"));
  meta = openSqliteMeta(":memory:");
  opened = [];
  warnings.length = 0;
});
afterEach(async () => {
  for (const operations of opened) await operations.close();
  await meta.close();
  await rm(root, { recursive: true });
  expect(warnings).toEqual([]);
});

async function open(
  change: Partial<OperationsOptions> = {},
): Promise<{ operations: Operations; registry: Registry }> {
  const operations = await openOperations({
    meta,
    root,
    logs: { level: "info", format: "json", isAccessLogEnabled: false, fields: {} },
    limits: {},
    notifications: [],
    http: { prefix: "", isMetricsOnMain: false },
    port: () => 5000,
    warn: (message) => warnings.push(message),
    ...change,
  });
  opened.push(operations);
  const guard = operations.guard(undefined);
  const { observer } = operations;
  const parts = { ...(guard && { guard }), ...(observer && { observer }) };
  return {
    operations,
    registry: operations.watch(createRegistry({ blobs: openMemoryBlobs(), meta, ...parts })),
  };
}

const get = (path: string, method = "GET") => new Request(`http://r${path}`, { method });
const putManifest = () =>
  new Request("http://r/v2/a/manifests/v1", {
    method: "PUT",
    headers: { "content-type": mediaTypes.ociManifest },
    body: JSON.stringify(imageManifest()),
  });

test("strangers see health and nothing else; the debug address shows all", async () => {
  const { operations } = await open();
  const main = async (path: string) => (await operations.answerMain(get(path)))?.status;
  const debug = async (path: string) => (await operations.answerDebug(get(path))).status;
  expect([await main("/"), await main("/healthz"), await main("/readyz?verbose")]).toEqual([200, 200, 200]);
  for (const path of ["/metrics", "/debug/health", "/v2/", "/v2/healthz", "//", "/healthz/x"]) {
    expect(await main(path)).toBeUndefined();
  }
  for (const path of ["/healthz", "/readyz", "/metrics", "/debug/health"])
    expect(await debug(path)).toBe(200);
  expect(await debug("/debug/vars")).toBe(404);
  expect((await operations.answerMain(get("/healthz", "POST")))?.status).toBe(405);
  operations.beginShutdown();
  expect([await main("/healthz"), await main("/readyz")]).toEqual([200, 503]);
});

test("metrics stand where the configuration puts them", async () => {
  const http = { prefix: "", isMetricsOnMain: true, debug: { address: ":5001", metricsPath: "/m" } };
  const { operations } = await open({ http });
  expect((await operations.answerMain(get("/m")))?.headers.get("content-type")).toContain("version=0.0.4");
  expect((await operations.answerDebug(get("/m"))).status).toBe(200);
  expect((await operations.answerDebug(get("/metrics"))).status).toBe(404);
});

test("requests, events and queues are counted", async () => {
  const { operations, registry } = await open();
  expect((await registry(putManifest())).status).toBe(201);
  for (const method of ["GET", "HEAD"]) await registry(get("/v2/a/manifests/v1", method));
  await registry(get("/v2/a/manifests/v2"));
  const text = await operations.metrics.text();
  const has = (line: string) => expect(text).toContain(`${line}\n`);
  has('registry_http_requests_total{code="201",handler="manifest",method="put"} 1');
  has('registry_http_requests_total{code="200",handler="manifest",method="get"} 1');
  has('registry_http_requests_total{code="404",handler="manifest",method="get"} 1');
  has('registry_http_in_flight_requests{handler="manifest"} 0');
  has('kasane_events_total{action="push",kind="manifest"} 1');
  has("kasane_scrape_errors_total 0");
  expect(text).not.toContain('"a"');
});

test("without a guard, limits and logs no guard stands before the registry", async () => {
  const { operations } = await open();
  expect(operations.guard(undefined)).toBeUndefined();
});

test("one request has one id in the access log, the audit log and notifications", async () => {
  using receiver = startReceiver();
  const auditPath = join(root, "audit.log");
  const endpoint = {
    name: "hook",
    url: receiver.url,
    headers: {},
    timeoutMs: 2000,
    threshold: 3,
    backoffMs: 100,
    ignoredMediaTypes: [],
    ignoredActions: [],
    includesReferences: true,
  };
  const logs = { level: "info", format: "json", isAccessLogEnabled: false, auditPath, fields: {} } as const;
  const { operations, registry } = await open({ notifications: [endpoint], logs });
  const request = putManifest();
  expect((await registry(request, { address: "192.0.2.7" })).status).toBe(201);
  const audited = JSON.parse(await readFile(auditPath, "utf8"));
  expect(audited).toMatchObject({
    action: "push",
    by: "anonymous",
    client: "192.0.2.7",
    repository: "a",
    tags: ["v1"],
  });
  await receiver.seen(1);
  expect(receiver.events[0]).toMatchObject({
    action: "push",
    target: { repository: "a", tag: "v1", references: [{ mediaType: mediaTypes.ociConfig }] },
    request: { id: audited.id, method: "PUT" },
    source: { addr: expect.stringMatching(/:5000$/) },
  });
  await rename(auditPath, `${auditPath}.1`);
  await operations.reopenLogs();
  await operations.audit!.record({ action: "collected" });
  expect(await readFile(auditPath, "utf8")).toContain('"action":"collected"');
});

test("limits do not hold for health", async () => {
  const limits = { idleMs: 1000, rate: { requestsPerSecond: 0.001, burst: 1 } };
  const { operations, registry } = await open({ limits });
  expect((await registry(get("/v2/"))).status).toBe(200);
  expect((await registry(get("/v2/"))).status).toBe(429);
  for (let count = 0; count < 10; count++)
    expect((await operations.answerMain(get("/readyz")))!.status).toBe(200);
  expect(await operations.metrics.text()).toContain('kasane_limited_requests_total{reason="rate"} 1\n');
});
