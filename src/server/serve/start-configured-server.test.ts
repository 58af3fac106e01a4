import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileSystemBlobs, openMemoryBlobs } from "../../blob/mod.ts";
import { openSqliteMeta } from "../../meta/mod.ts";
import { digestOf, mediaTypes } from "../../oci/mod.ts";
import { loadServerConfig } from "../config/load-server-config.ts";
import { until } from "../testing/until.ts";
import { type ConfiguredServer, startConfiguredServer } from "./start-configured-server.ts";

let directory: string;
let warnings: string[];
let notices: string[];
let errors: string[];
let running: ConfiguredServer | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kasane-configured-"));
  [warnings, notices, errors, running] = [[], [], [], undefined];
});
afterEach(async () => {
  await running?.stop();
  expect(errors).toEqual([]);
  await rm(directory, { recursive: true, force: true });
});

const quiet = "log: {accesslog: {disabled: true}}\n";

async function configOf(yaml: string) {
  const path = join(directory, "config.yml");
  await Bun.write(path, quiet + yaml);
  const { config } = await loadServerConfig({ path, env: { REGISTRY_HTTP_ADDR: "127.0.0.1:0" } });
  return config;
}

async function start(yaml: string): Promise<ConfiguredServer> {
  running = await startConfiguredServer({
    config: await configOf(yaml),
    store: { blobs: openMemoryBlobs(), meta: openSqliteMeta(":memory:") },
    onWarning: (message) => warnings.push(message),
    onNotice: (message) => notices.push(message),
    onError: (message) => errors.push(message),
  });
  return running;
}

async function users(...names: string[]): Promise<string> {
  const path = join(directory, "htpasswd");
  const lines = names.map(
    async (name) => `${name}:${await Bun.password.hash(`${name}-pw`, { algorithm: "bcrypt", cost: 4 })}`,
  );
  await Bun.write(path, `${(await Promise.all(lines)).join("\n")}\n`);
  return path;
}

const as = (name: string) => ({ headers: { authorization: `Basic ${btoa(`${name}:${name}-pw`)}` } });

/** A manifest without anything, made different by `note`. */
async function push(url: string, tag: string, note: string, init: RequestInit = {}): Promise<number> {
  const empty = { mediaType: mediaTypes.ociConfig, digest: digestOf("{}"), size: 2 };
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: empty,
    layers: [],
    annotations: { note },
  });
  const headers = { ...(init.headers as Record<string, string>), "content-type": mediaTypes.ociManifest };
  return (await fetch(`${url}/manifests/${tag}`, { ...init, method: "PUT", headers, body })).status;
}

test("rules, quotas and immutable tags hold, and others after reload()", async () => {
  const server = await start(`kasane:
  immutable: [{repositories: ["**"], tags: ["v*"]}]
  quotas: {repositories: [{repositories: [small], size: 10}]}
`);
  const repository = `${server.url}/v2/team/app`;
  expect(await push(repository, "v1", "a")).toBe(201);
  expect(await push(repository, "v1", "b")).toBe(403);
  expect(await push(repository, "latest", "b")).toBe(201);
  expect((await fetch(`${repository}/manifests/latest`, { method: "DELETE" })).status).toBe(202);
  await server.reload(
    await configOf("storage: {delete: {enabled: false}, maintenance: {readonly: {enabled: false}}}\n"),
  );
  expect(await push(repository, "v1", "b")).toBe(201);
  expect((await fetch(`${repository}/manifests/v1`, { method: "DELETE" })).status).toBe(405);
  await server.reload(await configOf("storage: {maintenance: {readonly: {enabled: true}}}\n"));
  expect(await push(repository, "v2", "b")).toBe(405);
  expect(warnings).toEqual([]);
});

test("users and their rules, and others after reload(); a mistake changes nothing", async () => {
  const path = await users("ann", "bob");
  const yaml = (actions: string) => `auth: {htpasswd: {path: ${path}}}
kasane:
  access:
    rules:
      - {repositories: ["public/**"], actions: [pull], anonymous: true}
      - {repositories: ["{user}/**"], actions: ${actions}, authenticated: true}
`;
  const server = await start(yaml("[pull, push]"));
  expect((await fetch(`${server.url}/v2/`)).status).toBe(401);
  expect((await fetch(`${server.url}/v2/`, as("ann"))).status).toBe(200);
  expect(await push(`${server.url}/v2/ann/app`, "v1", "a", as("ann"))).toBe(201);
  expect(await push(`${server.url}/v2/ann/app`, "v1", "a", as("bob"))).toBe(403);
  await server.reload(await configOf(yaml("[pull]")));
  expect(await push(`${server.url}/v2/ann/app`, "v2", "a", as("ann"))).toBe(403);
  await expect(server.reload(await configOf(yaml("[push]").replace(path, `${path}.none`)))).rejects.toThrow(
    `${path}.none`,
  );
  expect((await fetch(`${server.url}/v2/ann/app/manifests/v1`, as("ann"))).status).toBe(200);
});

test("what only a new process takes up is warned of", async () => {
  const server = await start("http: {prefix: /a/}\n");
  await server.reload(
    await configOf(
      "http: {prefix: /b/}\nauth: {htpasswd: {path: /x}}\nkasane: {limits: {rate: 5}, upstreams: [{url: a.example, prefix: a}]}\n",
    ),
  );
  expect(warnings.map((warning) => warning.split(" changed")[0])).toEqual([
    "http",
    "auth (on or off)",
    "kasane.limits (but blob-size)",
    "kasane.upstreams and proxy",
  ]);
});

describe("as seen from outside", () => {
  test.each([
    ["{prefix: /images/}", "/images", "/images/v2/"],
    ["{host: 'https://registry.example.com'}", "", "https://registry.example.com/v2/"],
    [
      "{host: 'https://registry.example.com', prefix: /images/}",
      "/images",
      "https://registry.example.com/images/v2/",
    ],
    [
      "{host: 'https://registry.example.com', relativeurls: true, prefix: /images/}",
      "/images",
      "/images/v2/",
    ],
    ["{headers: {X-Content-Type-Options: [nosniff], X-Own: [a, b]}}", "", "/v2/"],
  ])("http: %s", async (http, path, location) => {
    const server = await start(`http: ${http}\n`);
    const base = server.url + path;
    const opened = await fetch(`${base}/v2/app/blobs/uploads/?x=1`, { method: "POST" });
    expect(opened.status).toBe(202);
    expect(opened.headers.get("location")).toStartWith(`${location}app/blobs/uploads/`);
    expect(opened.headers.get("x-content-type-options")).toBe("nosniff");
    expect(opened.headers.get("x-own")).toBe(http.includes("X-Own") ? "a, b" : null);
    for (const tag of ["a", "b"]) expect(await push(`${base}/v2/app`, tag, tag)).toBe(201);
    const page = await fetch(`${base}/v2/app/tags/list?n=1`);
    expect(page.headers.get("link")).toStartWith(`<${location}app/tags/list?`);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("hello"));
        controller.close();
      },
    });
    const whole = await fetch(`${base}/v2/app/blobs/uploads/?digest=${digestOf("hello")}`, {
      method: "POST",
      body,
    });
    expect(whole.status).toBe(201);
    if (path !== "") expect((await fetch(`${server.url}/v2/`)).status).toBe(404);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  test("the token endpoint is below the prefix, and tokens of it are good", async () => {
    const path = await users("ann");
    const server = await start(
      `http: {prefix: /images/}\nauth: {htpasswd: {path: ${path}}}\nkasane: {access: {issuer: {service: here}}}\n`,
    );
    const refused = await fetch(`${server.url}/images/v2/app/tags/list`);
    const [, realm] = /realm="([^"]+)"/.exec(refused.headers.get("www-authenticate") ?? "") ?? [];
    expect(realm).toBe(`${server.url}/images/auth/token`);
    const answer = await fetch(`${realm}?service=here&scope=repository:app:push,pull`, as("ann"));
    const { token } = (await answer.json()) as { token: string };
    expect(
      await push(`${server.url}/images/v2/app`, "v1", "a", { headers: { authorization: `Bearer ${token}` } }),
    ).toBe(201);
  });
});

test("garbage goes, retention is applied, and old uploads are removed, by the server itself", async () => {
  const server = await start(`storage: {maintenance: {uploadpurging: {age: 1ms, interval: 1s}}}
kasane:
  gc: {grace: 1ms, undo: 0, untagged: 1ms, interval: 1s}
  retention: {interval: 1s, rules: [{repositories: ["ci/**"], keep: {last: 1}}]}
`);
  const app = `${server.url}/v2/ci/app`;
  for (const tag of ["a", "b", "c"]) expect(await push(app, tag, tag)).toBe(201);
  const opened = await fetch(`${app}/blobs/uploads/`, { method: "POST" });
  const upload = server.url + opened.headers.get("location")!;
  const blob = digestOf("loose");
  expect(
    (await fetch(`${app}/blobs/uploads/?digest=${blob}`, { method: "POST", body: "loose" })).status,
  ).toBe(201);
  const tags = async () => ((await (await fetch(`${app}/tags/list`)).json()) as { tags: string[] }).tags;
  await until(async () => (await tags()).length === 1);
  expect(await tags()).toEqual(["c"]);
  await until(async () => (await fetch(upload)).status === 404);
  await until(async () => (await fetch(`${app}/blobs/${blob}`, { method: "HEAD" })).status === 404);
}, 15_000);

test("a dry run of retention tells what would go, and all stays", async () => {
  const server = await start(`kasane:
  gc: {untagged: 30d}
  retention: {interval: 1s, dryrun: true, rules: [{repositories: ["ci/**"], keep: {last: 1}}]}
`);
  for (const app of ["ci/app", "ci/web"])
    for (const tag of app === "ci/app" ? ["a", "b", "c"] : ["a", "b"])
      expect(await push(`${server.url}/v2/${app}`, tag, tag)).toBe(201);
  await until(() => notices.some((notice) => notice.includes("ci/web would go: a")));
  expect(notices).toContain("retention (dry run): 2 tags of ci/app would go: a, b");
  expect(await (await fetch(`${server.url}/v2/ci/app/tags/list`)).json()).toMatchObject({
    tags: ["a", "b", "c"],
  });
}, 15_000);

test("an upstream is mirrored below its prefix", async () => {
  const upstream = await start("");
  expect(await push(`${upstream.url}/v2/library/app`, "v1", "a")).toBe(201);
  const mirror = await startConfiguredServer({
    config: await configOf(
      `kasane: {upstreams: [{name: up, url: '${upstream.url}', insecure: true, prefix: up}]}\n`,
    ),
    store: { blobs: openMemoryBlobs(), meta: openSqliteMeta(":memory:") },
    onWarning: (message) => warnings.push(message),
    onNotice: (message) => notices.push(message),
    onError: (message) => errors.push(message),
  });
  expect((await fetch(`${mirror.url}/v2/up/library/app/manifests/v1`)).status).toBe(200);
  await mirror.stop();
});

test("stop() says first that nobody should come, and ends what is under way", async () => {
  const server = await start("http: {debug: {addr: '127.0.0.1:0', prometheus: {enabled: true}}}\n");
  const debug = `http://${server.debugHost}`;
  expect((await fetch(`${debug}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${debug}/metrics`)).text()).toContain("kasane_");
  const opened = await fetch(`${server.url}/v2/app/blobs/uploads/`, { method: "POST" });
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const sending = fetch(server.url + opened.headers.get("location")!, { method: "PATCH", body: readable });
  await writer.write(new TextEncoder().encode("hel"));
  const upload = server.url + opened.headers.get("location")!;
  await until(async () => (await fetch(upload)).headers.get("range") === "0-2");
  const stopped = server.stop();
  await until(async () => (await fetch(`${debug}/readyz`)).status === 503);
  await writer.write(new TextEncoder().encode("lo"));
  await writer.close();
  expect((await sending).headers.get("range")).toBe("0-4");
  await stopped;
  await expect(fetch(`${debug}/readyz`)).rejects.toThrow();
});

test("a server that cannot start leaves nothing behind", async () => {
  const first = await start("");
  const config = { ...(await configOf("")), http: { ...(await configOf("")).http, address: first.host } };
  const meta = openSqliteMeta(join(directory, "meta.db"));
  const store = { blobs: openFileSystemBlobs(directory), meta };
  const again = startConfiguredServer({
    config,
    store,
    onWarning: () => {},
    onNotice: () => {},
    onError: () => {},
  });
  await expect(again).rejects.toMatchObject({ code: "io" });
  await meta.close();
});

test("who is refused at the token endpoint is in the audit log, and what was collected in the metrics", async () => {
  const path = await users("ann");
  const audit = join(directory, "audit.log");
  const server = await start(`http: {debug: {addr: '127.0.0.1:0'}}
auth: {htpasswd: {path: ${path}}}
kasane: {audit: ${audit}, access: {issuer: {service: here}}, gc: {grace: 1ms, undo: 0, interval: 1s}}
`);
  const blob = digestOf("loose");
  const uploads = `${server.url}/v2/app/blobs/uploads/?digest=${blob}`;
  expect((await fetch(uploads, { ...as("ann"), method: "POST", body: "loose" })).status).toBe(201);
  const wrong = { authorization: `Basic ${btoa("ann:wrong")}` };
  expect((await fetch(`${server.url}/auth/token?service=here`, { headers: wrong })).status).toBe(401);
  const form = new URLSearchParams({ grant_type: "password", username: "ann", password: "wrong" });
  expect((await fetch(`${server.url}/auth/token`, { method: "POST", body: form })).status).toBe(401);
  const said = () => readFile(audit, "utf8");
  await until(async () => (await said()).match(/login-failed/g)?.length === 2);
  expect(await said()).toContain('"scheme":"basic","claimedUser":"ann"');
  expect(await said()).toContain('"scheme":"form"');
  expect(await said()).not.toContain("wrong");
  const scope = "scope=repository:app:pull,push";
  expect((await fetch(`${server.url}/auth/token?service=here&${scope}`, as("ann"))).status).toBe(200);
  await until(async () => (await said()).includes('"action":"token-issued","by":"user","user":"ann"'));
  expect(await said()).toContain('"scope":"repository:app:pull,push"');
  const metrics = async () => await (await fetch(`http://${server.debugHost}/metrics`)).text();
  await until(async () => (await metrics()).includes("kasane_gc_removed_blobs_total 1\n"));
  expect(await metrics()).toContain("kasane_gc_freed_bytes_total 5\n");
}, 15_000);

test("behind a proxy that is trusted each client is one of its own, and nobody invents addresses", async () => {
  const path = await users("alice");
  const audit = join(directory, "audit");
  const proxied = (extra: string) => `auth: {htpasswd: {realm: x, path: ${path}}}
kasane: {audit: ${audit}${extra}}
`;
  const refused = async ({ url }: ConfiguredServer, list: string) => {
    const authorization = `Basic ${btoa("alice:wrong")}`;
    const response = await fetch(`${url}/v2/`, { headers: { authorization, "x-forwarded-for": list } });
    expect(response.status).toBe(401);
  };
  await refused(await start(proxied(", http: {trustedproxies: [127.0.0.0/8]}")), "192.0.2.66, 203.0.113.9");
  await running?.stop();
  await refused(await start(proxied("")), "203.0.113.9");
  await running?.stop();
  const lines = (await readFile(audit, "utf8")).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).client)).toEqual(["203.0.113.9", "127.0.0.1"]);
});
