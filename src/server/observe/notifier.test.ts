import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Meta, openSqliteMeta } from "../../meta/mod.ts";
import { digestOf } from "../../oci/mod.ts";
import type { RegistryEvent } from "../../registry/mod.ts";
import type { NotificationEndpoint } from "../config/server-config.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createNotifier, type Notifier } from "./notifier.ts";
import { type Receiver, startReceiver } from "./testing/receiver.ts";

let root: string;
let meta: Meta;
let receiver: Receiver;
let metrics: Metrics;
let warnings: string[];
const notifiers: Notifier[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kasane-notify-"));
  meta = openSqliteMeta(join(root, "meta.db"));
  receiver = startReceiver();
  metrics = createMetrics();
  warnings = [];
});
afterEach(async () => {
  for (const notifier of notifiers.splice(0)) await notifier.close();
  receiver[Symbol.dispose]();
  await meta.close();
  await rm(root, { recursive: true });
});

function notifier(
  change: Partial<NotificationEndpoint> = {},
  options: { keep?: number; meta?: Meta } = {},
): Notifier {
  const endpoint: NotificationEndpoint = {
    name: "hook",
    url: receiver.url,
    headers: { authorization: ["Bearer hunter2"], "x-many": ["a", "b"] },
    timeoutMs: 2_000,
    threshold: 3,
    backoffMs: 20,
    ignoredMediaTypes: [],
    ignoredActions: [],
    includesReferences: false,
    ...change,
  };
  const made = createNotifier({
    endpoints: [endpoint],
    outbox: (options.meta ?? meta).outbox,
    shape: () => ({ source: { addr: "host:5000", instanceID: "i" } }),
    metrics: metrics.notifications,
    warn: (message) => warnings.push(message),
    ...(options.keep === undefined ? {} : { keep: options.keep }),
  });
  notifiers.push(made);
  return made;
}

function event(tag: string, change: Partial<RegistryEvent> = {}): RegistryEvent {
  return {
    action: "push",
    kind: "manifest",
    repository: "a/b",
    digest: digestOf(tag),
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    sizeBytes: 3,
    tags: [tag],
    caller: { kind: "anonymous", name: "" },
    peer: { address: "192.0.2.7" },
    request: new Request("http://r:5000/v2/a/b/manifests/v1", { headers: { host: "r:5000" }, method: "PUT" }),
    atMs: 1,
    ...change,
  };
}

const tags = () => receiver.events.map(({ target }) => target.tag);

test("a push is in the outbox when happened() resolves, and then at the endpoint", async () => {
  const told = notifier();
  let release: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  receiver.answer = async () => {
    await gate;
    return new Response();
  };
  await told.happened(event("v1"));
  expect(await meta.outbox.pending()).toMatchObject([{ endpoint: "hook", count: 1 }]);
  release!();
  await receiver.seen(1);
  const { headers } = receiver.requests[0]!;
  expect(headers.get("content-type")).toBe("application/vnd.docker.distribution.events.v1+json");
  expect(headers.get("authorization")).toBe("Bearer hunter2");
  expect(headers.get("x-many")).toBe("a, b");
  await told.close();
  expect(await meta.outbox.pending()).toEqual([]);
  const text = await metrics.text();
  expect(text).toContain('registry_notifications_events_total{type="Events",endpoint="hook"} 1\n');
  expect(text).toContain('registry_notifications_events_total{type="Successes",endpoint="hook"} 1\n');
  expect(text).toContain('registry_notifications_status_total{code="200 OK",endpoint="hook"} 1\n');
});

test("an endpoint's own Content-Type is the one it gets", async () => {
  await notifier({ headers: { "Content-Type": ["application/json"] } }).happened(event("v1"));
  await receiver.seen(1);
  expect(receiver.requests[0]!.headers.get("content-type")).toBe("application/json");
});

test("what fails is tried again, nothing overtakes it, and the trouble is told once with its reason", async () => {
  let failures = 0;
  receiver.answer = () => (failures++ < 6 ? new Response("", { status: 503 }) : new Response());
  const told = notifier();
  for (let index = 0; index < 20; index++) await told.happened(event(`v${index}`));
  await receiver.seen(20);
  expect(tags()).toEqual(Array.from({ length: 20 }, (_, index) => `v${index}`));
  expect(warnings[0]).toContain("did not take events 3 times: it answered 503 Service Unavailable");
  expect(warnings[1]).toContain("takes events again");
  expect(warnings).toHaveLength(2);
});

test("an endpoint that answers too late, or not at all, is asked again", async () => {
  let asked = 0;
  receiver.answer = async () => {
    if (asked++ === 0) await Bun.sleep(300);
    return new Response();
  };
  await notifier({ timeoutMs: 50 }).happened(event("v1"));
  await receiver.seen(2);
  // The first one arrived as well: nobody can know that. Its id tells that it is the same.
  expect(receiver.events[0]!.id).toBe(receiver.events[1]!.id);
  expect(await metrics.text()).toContain(
    'registry_notifications_events_total{type="Errors",endpoint="hook"} 1\n',
  );
});

test("what waits when the process ends is sent by the next one", async () => {
  receiver.answer = () => new Response("", { status: 500 });
  const first = notifier();
  for (const tag of ["v1", "v2"]) await first.happened(event(tag));
  await first.close();
  receiver.answer = () => new Response();
  notifier();
  await receiver.seen(2);
  expect(tags()).toEqual(["v1", "v2"]);
});

test("two processes on one store send each event once", async () => {
  const other = openSqliteMeta(join(root, "meta.db"));
  const [one, two] = [notifier(), notifier({}, { meta: other })];
  await Promise.all(
    Array.from({ length: 100 }, (_, index) => (index % 2 ? one : two).happened(event(`v${index}`))),
  );
  // Whoever holds the lease when the other one's events are made, the other looks again.
  for (let tries = 0; receiver.events.length < 100 && tries < 1000; tries++) {
    await Promise.all([one.happened(event("more")), two.happened(event("more"))]);
    await Bun.sleep(1);
  }
  await Promise.all([one.close(), two.close()]);
  const unique = new Set(receiver.events.map(({ id }) => id));
  expect(unique.size).toBe(receiver.events.length);
  expect(tags().filter((tag) => tag !== "more")).toHaveLength(100);
  await other.close();
});

test("a dead endpoint costs bounded rows: the oldest go, with a warning and a count", async () => {
  receiver.answer = () => new Response("", { status: 500 });
  const told = notifier({ backoffMs: 60_000, threshold: 1 }, { keep: 50 });
  for (let index = 0; index < 200; index++) await told.happened(event(`v${index}`));
  for (let tries = 0; (await meta.outbox.pending())[0]!.count > 56 && tries < 1000; tries++)
    await Bun.sleep(1);
  expect((await meta.outbox.pending())[0]!.count).toBeLessThanOrEqual(56);
  expect(warnings.some((text) => text.includes("were dropped: it does not take them"))).toBe(true);
  expect(await metrics.text()).toMatch(
    /kasane_notifications_dropped_total\{endpoint="hook",action="any"\} 1\d\d\n/,
  );
});

test("pulls wait for company, and do not push out pushes", async () => {
  receiver.answer = () => new Response("", { status: 500 });
  const told = notifier({ backoffMs: 60_000, threshold: 1 }, { keep: 50 });
  await told.happened(event("pushed"));
  for (let index = 0; index < 500; index++) {
    const happened = told.happened(event(`v${index}`, { action: "pull" }));
    expect(happened).toBeUndefined();
  }
  await told.close();
  expect((await meta.outbox.pending())[0]!.count).toBeLessThanOrEqual(26);
  const [oldest] = await meta.outbox.take({ endpoint: "hook", limit: 1, leaseMs: 1 });
  expect(oldest?.event).toContain('"tag":"pushed"');
  expect(await metrics.text()).toMatch(/dropped_total\{endpoint="hook",action="pull"\} 47\d\n/);
});

test("ignored actions and media types are not sent", async () => {
  const told = notifier({ ignoredActions: ["pull"], ignoredMediaTypes: ["application/octet-stream"] });
  expect(told.wants("pull")).toBe(false);
  expect(told.wants("push")).toBe(true);
  await told.happened(event("blob", { kind: "blob", tags: [] }));
  await told.happened(event("v1"));
  await receiver.seen(1);
  expect(tags()).toEqual(["v1"]);
});

test("307 is followed with the body, and credentials do not go along to another origin", async () => {
  using elsewhere = startReceiver();
  receiver.answer = () => new Response("", { status: 307, headers: { location: elsewhere.url } });
  await notifier().happened(event("v1"));
  await elsewhere.seen(1);
  expect(elsewhere.requests[0]!.headers.get("authorization")).toBeNull();
  expect(elsewhere.requests[0]!.headers.get("x-many")).toBeNull();
  expect(elsewhere.requests[0]!.headers.get("content-type")).toContain("events.v1+json");
});

test("302 would lose the events: it is a failure that says what to do", async () => {
  receiver.answer = () =>
    new Response("", { status: 302, headers: { location: "https://x.test/?token=hunter2" } });
  const told = notifier({ threshold: 1 });
  await told.happened(event("v1"));
  while (warnings.length === 0) await Bun.sleep(1);
  expect(warnings[0]).toContain("configure the address it leads to");
  expect(warnings[0]).not.toContain("hunter2");
});

test("an endpoint nobody listens on is told of without its address, which may hold a password", async () => {
  const dead = `http://user:hunter2@127.0.0.1:1/?token=hunter2`;
  const told = notifier({ url: dead, threshold: 1 });
  await told.happened(event("v1"));
  while (warnings.length === 0) await Bun.sleep(1);
  expect(warnings[0]).toContain("hook");
  expect(warnings[0]).not.toContain("hunter2");
});
