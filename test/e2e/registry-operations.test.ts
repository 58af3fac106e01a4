import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, mediaTypes } from "../../src/oci/mod.ts";
import { type Receiver, startReceiver } from "../../src/server/observe/testing/receiver.ts";
import { kasane } from "../outside.ts";

let root: string;
let receiver: Receiver;
const running: Served[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kasane-operations-"));
  receiver = startReceiver();
});
afterEach(async () => {
  for (const served of running.splice(0)) await served.end("SIGKILL");
  receiver[Symbol.dispose]();
  await rm(root, { recursive: true, force: true });
});

const at = (name: string) => join(root, name);
const secret = "hunter2-SECRET";

interface Served {
  readonly url: string;
  /** Health and metrics. */
  readonly debug: string;
  readonly pid: number;
  /** What it wrote to standard error. */
  said(): string;
  end(signal: "SIGTERM" | "SIGKILL"): Promise<number>;
}

async function serve(more: string[] = []): Promise<Served> {
  const configuration = [
    "version: 0.1",
    "log: { formatter: json }",
    `storage: { filesystem: { rootdirectory: ${at("store")} }, delete: { enabled: true } }`,
    "http: { addr: 127.0.0.1:0, debug: { addr: 127.0.0.1:0, prometheus: { enabled: true, path: /metrics } } }",
    `auth: { htpasswd: { realm: test, path: ${at("htpasswd")} } }`,
    "notifications:",
    "  endpoints:",
    `    - { name: hook, url: "${receiver.url}", timeout: 5s, threshold: 3, backoff: 50ms, headers: { Authorization: [Bearer ${secret}] } }`,
    ...more,
  ];
  await writeFile(at("config.yml"), `${configuration.join("\n")}\n`);
  await writeFile(
    at("htpasswd"),
    `ann:${await Bun.password.hash(secret, { algorithm: "bcrypt", cost: 4 })}\n`,
  );
  const child = Bun.spawn([kasane, "serve", at("config.yml")], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let said = "";
  const reading = (async () => {
    for await (const chunk of child.stderr) said += new TextDecoder().decode(chunk);
  })();
  let out = "";
  let [url, debug] = ["", ""];
  for await (const chunk of child.stdout) {
    out += new TextDecoder().decode(chunk);
    const found = [...out.matchAll(/https?:\/\/127\.0\.0\.1:\d+/g)].map(([text]) => text);
    [url = "", debug = ""] = found;
    if (debug !== "") break;
  }
  if (debug === "") throw new Error(`kasane serve ended with ${await child.exited}: ${out}${said}`);
  const served: Served = {
    url,
    debug,
    pid: child.pid,
    said: () => said,
    async end(signal) {
      child.kill(signal);
      const code = await child.exited;
      await reading;
      return code;
    },
  };
  running.push(served);
  return served;
}

const authorization = `Basic ${btoa(`ann:${secret}`)}`;

async function putManifest(url: string, tag: string): Promise<void> {
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf("{}"), size: 2 },
    layers: [],
    annotations: { tag },
  });
  const headers = { "content-type": mediaTypes.ociManifest, authorization };
  const response = await fetch(`${url}/v2/a/b/manifests/${tag}`, { method: "PUT", headers, body });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
}

test("health, metrics, logs and notifications of a registry as it is served", async () => {
  const served = await serve([`kasane: { audit: ${at("audit.log")} }`]);
  expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${served.url}/readyz`)).status).toBe(200);
  expect((await fetch(`${served.url}/metrics`)).status).toBe(404);
  expect(await (await fetch(`${served.debug}/debug/health`)).json()).toEqual({});
  await putManifest(served.url, "v1");
  const wrong = { authorization: `Basic ${btoa(`ann:wrong-${secret}`)}` };
  expect((await fetch(`${served.url}/v2/`, { headers: wrong })).status).toBe(401);
  const query = `?_state=${secret}&token=${secret}&n=1`;
  await fetch(`${served.url}/v2/a/b/tags/list${query}`, {
    headers: { authorization, "user-agent": "x\u009b2J" },
  });
  await receiver.seen(1);
  expect(receiver.events[0]).toMatchObject({
    action: "push",
    target: { repository: "a/b", tag: "v1", mediaType: mediaTypes.ociManifest },
    actor: { name: "ann" },
    request: { host: served.url.slice("http://".length), method: "PUT" },
  });
  const scrape = async () => (await fetch(`${served.debug}/metrics`)).text();
  let metrics = await scrape();
  // The receiver has it before the server has the answer.
  while (metrics.includes('registry_notifications_pending_total{endpoint="hook"} 1\n'))
    metrics = await scrape();
  expect(metrics).toContain('registry_http_requests_total{code="201",handler="manifest",method="put"} 1\n');
  expect(metrics).toContain('registry_notifications_events_total{type="Successes",endpoint="hook"} 1\n');
  expect(metrics).toContain('registry_notifications_pending_total{endpoint="hook"} 0\n');
  expect(metrics).toMatch(/^kasane_store_hosted_bytes \d+$/m);
  expect(metrics).toContain("kasane_scrape_errors_total 0\n");
  expect(await served.end("SIGTERM")).toBe(0);

  const audit = await readFile(at("audit.log"), "utf8");
  expect(
    audit
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { action: "push", by: "user", user: "ann", client: "127.0.0.1", repository: "a/b", tags: ["v1"] },
    { action: "login-failed", claimedUser: "ann" },
  ]);
  const lines = served
    .said()
    .split("\n")
    .filter((line) => line.includes('"log":"access"'));
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({
      method: "PUT",
      path: "/v2/a/b/manifests/v1",
      status: 201,
      user: "ann",
      client: "127.0.0.1",
    }),
  );
  for (const text of [served.said(), audit, metrics, JSON.stringify(receiver.events)]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(authorization.slice(6));
    expect(text).not.toContain("\u009b");
  }
});

test("what was acknowledged is told, through kill -9 and with an endpoint that is away", async () => {
  receiver.answer = () => new Response("", { status: 503 });
  const told: string[] = [];
  for (let round = 0; round < 3; round++) {
    const served = await serve();
    let killed: Promise<unknown> | undefined;
    // Pushes go on until the server is gone: only those that were answered count.
    try {
      for (let index = 0; ; index++) {
        await putManifest(served.url, `r${round}-${index}`);
        told.push(`r${round}-${index}`);
        if (index === 1) killed = Bun.sleep(round * 10).then(() => served.end("SIGKILL"));
      }
    } catch (error) {
      if (killed === undefined) throw error;
      await killed;
    }
  }
  receiver.answer = () => new Response();
  const last = await serve();
  await receiver.seen(told.length);
  await last.end("SIGTERM");
  const tags = receiver.events.map(({ target }) => target.tag!);
  const order = told.map((tag) => tags.indexOf(tag));
  expect(told.length).toBeGreaterThan(3);
  expect(order).not.toContain(-1);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(new Set(receiver.events.map(({ id }) => id)).size).toBe(receiver.events.length);
}, 30_000);

test("two servers on one store tell of each push once", async () => {
  const [one, two] = [await serve(), await serve()];
  await Promise.all(
    [one, two].map(async ({ url }, server) => {
      for (let index = 0; index < 30; index++) await putManifest(url, `s${server}-${index}`);
    }),
  );
  await receiver.seen(60);
  await Promise.all([one.end("SIGTERM"), two.end("SIGTERM")]);
  expect(receiver.events.map(({ target }) => target.tag!).sort()).toEqual(
    [0, 1].flatMap((server) => Array.from({ length: 30 }, (_, index) => `s${server}-${index}`)).sort(),
  );
}, 30_000);

test("logs are opened again on SIGHUP, and limits answer 429 but not to health", async () => {
  const served = await serve([`kasane: { audit: ${at("audit.log")}, limits: { rate: 1, burst: 3 } }`]);
  await putManifest(served.url, "v1");
  await rename(at("audit.log"), at("audit.log.1"));
  process.kill(served.pid, "SIGHUP");
  await putManifest(served.url, "v2");
  expect(await readFile(at("audit.log.1"), "utf8")).toContain('"tags":["v1"]');
  expect(await readFile(at("audit.log"), "utf8")).toContain('"tags":["v2"]');
  let limited: Response | undefined;
  for (let count = 0; limited === undefined && count < 10; count++) {
    const response = await fetch(`${served.url}/v2/`, { headers: { authorization } });
    if (response.status === 429) limited = response;
  }
  expect(limited?.headers.get("retry-after")).toBe("1");
  expect(await limited?.json()).toMatchObject({ errors: [{ code: "TOOMANYREQUESTS" }] });
  expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
});
