/** What somebody with a few rights, or none, tries on a running registry: a real `kasane serve`, its real configuration. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, mediaTypes } from "../../src/oci/mod.ts";
import { exchangeRaw, lines } from "../../src/server/testing/raw-exchange.ts";
import { type ServeProcess, startServe } from "../serve-process.ts";

let directory: string;
let server: ServeProcess;

const basic = (user: string) => `Basic ${btoa(`${user}:password of ${user}`)}`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kasane-attacks-"));
  const users = await Promise.all(
    ["ann", "bob", "eve"].map(async (name) => {
      const hash = await Bun.password.hash(`password of ${name}`, { algorithm: "bcrypt", cost: 4 });
      return `${name}:${hash}\n`;
    }),
  );
  await Bun.write(join(directory, "htpasswd"), users.join(""));
  await Bun.write(
    join(directory, "config.yml"),
    `version: 0.1
storage: {filesystem: {rootdirectory: ./store}, delete: {enabled: true}}
http: {addr: '127.0.0.1:0'}
auth: {htpasswd: {realm: attacked, path: ./htpasswd}}
kasane:
  audit: ./audit.log
  access:
    issuer: {enabled: true}
    rules:
      - {repositories: ["team-a/**"], actions: [pull, push, delete], users: [ann]}
      - {repositories: ["team-b/**"], actions: [pull, push, delete], users: [bob]}
      - {repositories: ["{user}/**"], actions: [pull, push], authenticated: true}
  immutable: [{repositories: ["team-b/**"], tags: ["v*"]}]
  quotas: {repositories: [{repositories: ["team-a/small"], size: 1MB}]}
`,
  );
  server = await startServe({ cwd: directory, args: ["config.yml"] });
  await push();
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

interface Sent {
  readonly user?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

function send(method: string, path: string, { user, headers = {}, body }: Sent = {}): Promise<Response> {
  const authorization: Record<string, string> = user === undefined ? {} : { authorization: basic(user) };
  return fetch(server.url + path, {
    method,
    headers: { ...authorization, ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

/** The status line's number and everything after it; the path goes out as it stands. */
async function sendRaw(path: string, ...headers: string[]): Promise<string> {
  const host = headers.some((header) => header.startsWith("Host:")) ? [] : ["Host: x"];
  const all = [...host, `Authorization: ${basic("ann")}`, "Connection: close", ...headers];
  const answer = await exchangeRaw(server.port, lines(`GET ${path} HTTP/1.1`, ...all));
  return answer.replace(/^HTTP\/1\.1 /, "");
}

const secret = `of team-b, and nobody else's business ${"x".repeat(200)}`;
const secretDigest = digestOf(secret);
const image = JSON.stringify({
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config: { mediaType: mediaTypes.ociConfig, digest: secretDigest, size: secret.length },
  layers: [],
});
const imageDigest = digestOf(image);
const index = JSON.stringify({
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: [{ mediaType: mediaTypes.ociManifest, digest: imageDigest, size: image.length }],
});

function putManifest(user: string, path: string, body: string): Promise<Response> {
  const { mediaType } = JSON.parse(body) as { mediaType: string };
  return send("PUT", path, { user, body, headers: { "content-type": mediaType } });
}

/** An image of team-b under v1, and one below an index under v2; read once by bob, so that every cache knows it. */
async function push(): Promise<void> {
  const blob = `/v2/team-b/app/blobs/uploads/?digest=${secretDigest}`;
  expect((await send("POST", blob, { user: "bob", body: secret })).status).toBe(201);
  expect((await putManifest("bob", `/v2/team-b/app/manifests/${imageDigest}`, image)).status).toBe(201);
  expect((await putManifest("bob", "/v2/team-b/app/manifests/v1", image)).status).toBe(201);
  expect((await putManifest("bob", "/v2/team-b/app/manifests/v2", index)).status).toBe(201);
  expect((await putManifest("ann", "/v2/team-a/app/manifests/v1", image)).status).toBe(201);
  for (const path of answers) {
    for (const method of ["GET", "HEAD"]) {
      expect((await send(method, `/v2/team-b/app/${path}`, { user: "bob" })).status).toBe(200);
    }
  }
}

const answers = [
  `blobs/${secretDigest}`,
  "manifests/v1",
  `manifests/${imageDigest}`,
  `referrers/${imageDigest}`,
  "tags/list",
];

describe("what a cache of answers knows is for whom it is", () => {
  test.each(answers)("%s", async (path) => {
    for (const method of ["GET", "HEAD"]) {
      const options = { headers: { "if-none-match": `"${imageDigest}"`, range: "bytes=0-3" } };
      const byAnn = await send(method, `/v2/team-b/app/${path}`, { user: "ann", ...options });
      expect(byAnn.status).toBe(403);
      const byNobody = await send(method, `/v2/team-b/app/${path}`, options);
      expect(byNobody.status).toBe(401);
      for (const { headers } of [byAnn, byNobody]) {
        expect(headers.get("docker-content-digest")).toBeNull();
        expect(headers.get("etag")).toBeNull();
      }
    }
  });
});

test("naming a digest gives nobody the right to read it", async () => {
  for (const method of ["GET", "HEAD"]) {
    const response = await send(method, `/v2/team-a/app/blobs/${secretDigest}`, { user: "ann" });
    expect(response.status).toBe(404);
  }
  const named = await putManifest("ann", "/v2/team-a/app/manifests/index", index);
  expect(named.status).toBe(201);
  await send("DELETE", `/v2/team-a/app/manifests/${imageDigest}`, { user: "ann" });
  const child = await send("GET", `/v2/team-a/app/manifests/${imageDigest}`, { user: "ann" });
  expect(child.status).toBe(404);
});

test.each([
  "",
  "&from=team-b/app",
  "&from=team-b%2Fapp",
  "&from=%20team-b/app",
  "&from=team-b/app%00",
  "&from=team-a/../team-b/app",
  "&from=TEAM-B/app",
  "&from=team-b//app",
  "&from=",
  "&from=team-a/app&from=team-b/app",
  "&from=team-b/app&ns=team-a",
])("a blob of others is not mounted: %j", async (from) => {
  const path = `/v2/team-a/app/blobs/uploads/?mount=${secretDigest}${from}`;
  expect((await send("POST", path, { user: "ann" })).status).toBe(202);
  const { status } = await send("HEAD", `/v2/team-a/app/blobs/${secretDigest}`, { user: "ann" });
  expect(status).toBe(404);
});

describe("a path means one thing to who checks it and to who answers", () => {
  test.each([
    "/v2/team-a/../team-b/app/manifests/v1",
    "/v2/team-a/%2e%2e/team-b/app/manifests/v1",
    "/v2/team-a/..%2fteam-b/app/manifests/v1",
    "/v2/team-a/app/manifests/../../../team-b/app/manifests/v1",
    "/v2/team-a/app/manifests/..%2f..%2f..%2fteam-b%2fapp%2fmanifests%2fv1",
    "/v2//team-b/app/manifests/v1",
    "//v2/team-b/app/manifests/v1",
    "/%762/team-b/app/manifests/v1",
    "/v2/team-b%2fapp/manifests/v1",
    "/v2/team-b%252fapp/manifests/v1",
    "/v2/team-b/app/manifests/v1?ns=team-a",
    "/v2/team-b/app/manifests/v1?/v2/team-a/app/manifests/v1",
    "/v2/team-b/app/manifests/v1#/v2/team-a/app/manifests/v1",
    "/v2/team-b/app/manifests/v1;/v2/team-a",
    "/v2/team-b\\app/manifests/v1",
    "/v2/TEAM-B/app/manifests/v1",
    "/auth/token/../../v2/team-b/app/manifests/v1",
  ])("%s", async (path) => {
    const answer = await sendRaw(path);
    expect(answer).toMatch(/^4\d\d /);
    expect(answer).not.toContain(secretDigest);
  });

  test.each([
    "Host: x/v2/team-a?",
    "Host: x/v2/team-a/app/manifests/v1?",
    "X-Original-URL: /v2/team-a/app/manifests/v1",
    "X-Rewrite-URL: /v2/team-a/app/manifests/v1",
    "X-Forwarded-Prefix: /v2/team-a",
    "X-Forwarded-User: bob",
    "X-Forwarded-For: 127.0.0.1",
    "X-HTTP-Method-Override: HEAD",
  ])("with %s", async (header) => {
    const answer = await sendRaw("/v2/team-b/app/manifests/v1", header);
    expect(answer).toStartWith("403 ");
  });
});

test("an upload's id is worth nothing in another repository", async () => {
  const opened = await send("POST", "/v2/team-b/app/blobs/uploads/", { user: "bob" });
  const own = opened.headers.get("location")!;
  const id = own.split("/").at(-1)!;
  await send("PATCH", own, { user: "bob", body: "hello" });
  const stolen = `/v2/team-a/app/blobs/uploads/${id}`;
  for (const [method, path] of [
    ["GET", stolen],
    ["PATCH", stolen],
    ["PUT", `${stolen}?digest=${digestOf("hello")}`],
    ["DELETE", stolen],
  ] as const) {
    const body = method === "PATCH" || method === "PUT" ? { body: "hello" } : {};
    expect((await send(method, path, { user: "ann", ...body })).status).toBe(404);
    expect((await send(method, own, { user: "ann", ...body })).status).toBe(403);
  }
  expect((await send("GET", own, { user: "bob" })).headers.get("range")).toBe("0-4");
});

describe("tokens", () => {
  async function tokenFor(user: string, scope: string): Promise<string> {
    const response = await send("GET", `/auth/token?scope=${encodeURIComponent(scope)}`, { user });
    return ((await response.json()) as { token: string }).token;
  }
  const withToken = (token: string, path: string) =>
    send("GET", path, { headers: { authorization: `Bearer ${token}` } });
  const part = (token: string, at: number) =>
    JSON.parse(Buffer.from(token.split(".")[at]!, "base64url").toString()) as Record<string, unknown>;
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

  test.each([
    "repository:team-b/app:pull",
    "repository:team-a/../team-b/app:pull",
    "repository:team-a/app,team-b/app:pull",
    "repository:**:*",
    "repository:team-b/*:pull",
    "repository:TEAM-B/app:pull",
    "repository:team-b%2Fapp:pull",
    "repository(plugin):team-b/app:*",
    "registry:catalog:*",
    "repository:team-a/app:* repository:team-b/app:*",
  ])("%s does not open team-b", async (scope) => {
    const token = await tokenFor("ann", scope);
    expect(JSON.stringify(part(token, 1).access)).not.toContain("team-b");
    expect((await withToken(token, "/v2/team-b/app/manifests/v1")).status).toBe(403);
  });

  test("what was changed or signed otherwise is none", async () => {
    const token = await tokenFor("ann", "repository:team-a/app:pull");
    const [header, claims, signature] = [part(token, 0), part(token, 1), token.split(".")[2]!];
    const access = [{ type: "repository", name: "team-b/app", actions: ["*"] }];
    const wanted = encode({ ...claims, sub: "bob", access });
    for (const [changed, sign] of [
      [header, signature],
      [{ ...header, alg: "none" }, ""],
      [{ ...header, alg: "HS256" }, signature],
      [{ ...header, kid: "../../etc/passwd" }, signature],
      [{ ...header, jwk: { kty: "EC", crv: "P-256", x: "AA", y: "AA" } }, signature],
      [{ ...header, crit: ["b64"], b64: false }, signature],
    ] as const) {
      const forged = `${encode(changed)}.${wanted}.${sign}`;
      expect((await withToken(forged, "/v2/team-b/app/manifests/v1")).status).toBe(401);
    }
  });
});

describe("immutable tags", () => {
  test.each([
    ["a push", "PUT", "manifests/v1"],
    ["a push by digest", "PUT", "manifests/DIGEST?tag=v1"],
    ["deleting the tag", "DELETE", "manifests/v1"],
    ["deleting its manifest", "DELETE", `manifests/${imageDigest}`],
    ["deleting its config", "DELETE", `blobs/${secretDigest}`],
  ])("%s changes nothing", async (_, method, path) => {
    const other = JSON.stringify({ ...JSON.parse(image), annotations: { other: "image" } });
    const target = `/v2/team-b/app/${path.replace("DIGEST", digestOf(other))}`;
    const response =
      method === "PUT"
        ? await putManifest("bob", target, other)
        : await send(method, target, { user: "bob" });
    expect(response.status).toBe(403);
    const digest = (await send("HEAD", "/v2/team-b/app/manifests/v1", { user: "bob" })).headers;
    expect(digest.get("docker-content-digest")).toBe(imageDigest);
    expect((await send("GET", `/v2/team-b/app/blobs/${secretDigest}`, { user: "bob" })).status).toBe(200);
  });

  test("an image of an index under one stays", async () => {
    const only = JSON.stringify({ ...JSON.parse(image), annotations: { only: "in the index" } });
    const path = `/v2/team-b/list/manifests/${digestOf(only)}`;
    expect((await putManifest("bob", path, only)).status).toBe(201);
    const list = { ...JSON.parse(index), manifests: [{ ...descriptorOf(only) }] };
    const tagged = await putManifest("bob", "/v2/team-b/list/manifests/v1", JSON.stringify(list));
    expect(tagged.status).toBe(201);
    const refused = await send("DELETE", path, { user: "bob" });
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain("tag v1 needs it, which is immutable");
    expect((await send("HEAD", path, { user: "bob" })).status).toBe(200);
  });
});

function descriptorOf(manifest: string) {
  return { mediaType: mediaTypes.ociManifest, digest: digestOf(manifest), size: manifest.length };
}

describe("a quota also holds for what is never finished", () => {
  const tooMuch = new Uint8Array(1_500_000);

  test("a body that says how large it is", async () => {
    const opened = await send("POST", "/v2/team-a/small/blobs/uploads/", { user: "ann" });
    const upload = opened.headers.get("location")!;
    const refused = await send("PATCH", upload, { user: "ann", body: tooMuch });
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain("larger than the quota of 1000000 bytes");
    expect((await send("GET", upload, { user: "ann" })).headers.get("range")).toBe("0-0");
    const half = { user: "ann", body: tooMuch.subarray(0, 750_000) };
    expect((await send("PATCH", upload, half)).status).toBe(202);
    expect((await send("PATCH", upload, half)).status).toBe(403);
  });

  test("one that does not", async () => {
    const opened = await send("POST", "/v2/team-a/small/blobs/uploads/", { user: "ann" });
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
    });
    const refused = await fetch(server.url + opened.headers.get("location")!, {
      method: "PATCH",
      headers: { authorization: basic("ann") },
      body: endless,
    });
    expect(refused.status).toBe(403);
  });
});

test("the catalog shows and counts to nobody what he may not read", async () => {
  const pages: string[] = [];
  for (let path: string | undefined = "/v2/_catalog?n=1"; path; ) {
    const response: Response = await send("GET", path, { user: "ann" });
    const { repositories } = (await response.json()) as { repositories: string[] };
    pages.push(...repositories);
    path = /^<([^>]+)>/.exec(response.headers.get("link") ?? "")?.[1];
    expect(path ?? "").not.toContain("team-b");
  }
  expect(pages.every((name) => name.startsWith("team-a/"))).toBe(true);
  expect(await (await send("GET", "/v2/_catalog?n=1", { user: "eve" })).json()).toEqual({ repositories: [] });
});

test("what the server writes is for its owner alone", async () => {
  for (const name of ["store/meta.db", "store/meta.db-wal", "audit.log"]) {
    expect([name, (await stat(join(directory, name))).mode & 0o777]).toEqual([name, 0o600]);
  }
  for (const name of ["store/blobs", "store/uploads"]) {
    expect([name, (await stat(join(directory, name))).mode & 0o777]).toEqual([name, 0o700]);
  }
});

test("what a client says does not get into logs as it is", async () => {
  const name = 'a\n{"action":"push"}\x1b[31m\u202e';
  const authorization = `Basic ${Buffer.from(`${name}:x`).toString("base64")}`;
  expect((await send("GET", "/v2/", { headers: { authorization } })).status).toBe(401);
  await send("GET", "/v2/", { user: "ann", headers: { "user-agent": 'x" 200 0 "' } });
  await server.says('x\\" 200 0 \\"');
  const audit = await Bun.file(join(directory, "audit.log")).text();
  const isPlain = (text: string) => /^[\x20-\x7e\n]*$/.test(text);
  expect([isPlain(audit), isPlain(server.said())]).toEqual([true, true]);
  for (const line of audit.trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("log", "audit");
  expect(audit.match(/"claimedUser"/g)).toHaveLength(1);
});

test("nothing of all this was a failure of the server's own", () => {
  expect(server.said()).not.toMatch(/ 50\d |cannot|error/i);
});
