import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mediaTypes } from "../../oci/mod.ts";
import { MirrorFixture, upstreamConfig } from "./testing/mirror-fixture.ts";

const errorOf = async (response: Response) => {
  const body = (await response.json()) as { errors: { code: string; message: string }[] };
  return { status: response.status, ...body.errors[0]! };
};
const refuse = (status: number, code: string, headers: Record<string, string> = {}) =>
  Response.json({ errors: [{ code, message: "no" }] }, { status, headers });
const never = () => new Promise<Response>(() => {});
const failedConnection = () => {
  throw Object.assign(new Error("Unable to connect"), { code: "ECONNREFUSED" });
};

/** A mirror that has `v1`, whose time is up. */
async function stale(options: ConstructorParameters<typeof MirrorFixture>[0] = {}): Promise<MirrorFixture> {
  const at = new MirrorFixture(options);
  await at.push("x", "v1");
  expect((await at.get("/v2/hub/x/manifests/v1")).status).toBe(200);
  at.lines();
  at.nowMs += 61_000;
  return at;
}

describe("an upstream that cannot be asked", () => {
  test.each([
    ["is down", failedConnection, /connection refused/],
    ["is silent", never, /did not answer within 0.2 s/],
    ["answers 503", () => refuse(503, "UNAVAILABLE"), /answered 503/],
    ["answers 500", () => refuse(500, "UNKNOWN"), /answered 500/],
    ["answers 429", () => refuse(429, "TOOMANYREQUESTS"), /answered 429/],
    ["answers 403", () => refuse(403, "DENIED"), /answered 403/],
    [
      "answers HTML",
      () => new Response("<html>captive portal", { headers: { "content-type": "text/html" } }),
      /./,
    ],
  ])("and %s: what is here is served, with a warning", async (_, intercept, reason) => {
    await using at = await stale();
    at.intercept = intercept;
    const response = await at.get("/v2/hub/x/manifests/v1");
    expect(response.status).toBe(200);
    expect(response.headers.get("warning")).toMatch(/^299 - "this may be out of date: upstream hub: [^"]+"$/);
    expect(response.headers.get("warning")).toMatch(reason);
    expect(at.pullThrough.status()[0]).toMatchObject({ staleServed: 1 });
    at.intercept = undefined;
    at.nowMs += 120_000;
    await at.get("/v2/hub/x/manifests/v1");
    await Bun.sleep(5);
    expect((await at.get("/v2/hub/x/manifests/v1")).headers.get("warning")).toBeNull();
  });

  test("is not asked again by every client: the second need not wait", async () => {
    await using at = await stale();
    at.intercept = never;
    await at.get("/v2/hub/x/manifests/v1");
    at.lines();
    for (let count = 0; count < 20; count++) {
      expect((await at.get("/v2/hub/x/manifests/v1")).headers.get("warning")).toContain("did not answer");
    }
    expect(at.lines()).toEqual([]);
    expect(at.warnings).toEqual([expect.stringContaining("left alone for a while")]);
  });

  test.each([
    ["is down", failedConnection, 503, "UNAVAILABLE"],
    ["answers 502", () => refuse(502, "UNKNOWN"), 503, "UNAVAILABLE"],
    ["answers 500", () => refuse(500, "UNKNOWN"), 502, "UNAVAILABLE"],
    ["answers 401", () => refuse(401, "UNAUTHORIZED"), 404, "NAME_UNKNOWN"],
    ["answers 403", () => refuse(403, "DENIED"), 403, "DENIED"],
    ["answers 429", () => refuse(429, "TOOMANYREQUESTS", { "retry-after": "100" }), 429, "TOOMANYREQUESTS"],
    [
      "answers HTML",
      () => new Response("<html>", { headers: { "content-type": "text/html" } }),
      502,
      "UNAVAILABLE",
    ],
    [
      "redirects for ever",
      (request: Request) => new Response(null, { status: 307, headers: { location: request.url } }),
      502,
      "UNAVAILABLE",
    ],
    [
      "sends a huge manifest",
      () => new Response(new Uint8Array(9 << 20), { headers: { "content-type": mediaTypes.ociManifest } }),
      502,
      "UNAVAILABLE",
    ],
    [
      "sends what is no manifest",
      () => new Response("{}", { headers: { "content-type": mediaTypes.ociManifest } }),
      502,
      "UNAVAILABLE",
    ],
    [
      "sends another digest than it says",
      () => new Response("{}", { headers: { "docker-content-digest": `sha256:${"0".repeat(64)}` } }),
      502,
      "UNAVAILABLE",
    ],
  ])("and %s: what is not here is a clear error", async (_, intercept, status, code) => {
    await using at = new MirrorFixture();
    at.intercept = intercept;
    const failure = await errorOf(await at.get("/v2/hub/x/manifests/v1"));
    expect(failure).toMatchObject({ status, code, message: expect.stringContaining("upstream hub: ") });
    expect(await at.meta.repositories.list({ limit: 9 })).toEqual([]);
    // A client that asks again at once makes no storm.
    at.lines();
    for (let count = 0; count < 10; count++) await at.get("/v2/hub/x/manifests/v1");
    expect(at.lines().length).toBeLessThan(10);
  });

  test("Retry-After is kept to: no request before it is over", async () => {
    await using at = await stale();
    at.intercept = () => refuse(429, "TOOMANYREQUESTS", { "retry-after": "600" });
    await at.get("/v2/hub/x/manifests/v1");
    expect(at.lines()).toEqual(["HEAD /v2/x/manifests/v1"]);
    at.intercept = undefined;
    at.nowMs += 599_000;
    const refused = await at.get("/v2/hub/y/manifests/v1");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    await at.get("/v2/hub/x/manifests/v1");
    expect(at.lines()).toEqual([]);
    expect(at.pullThrough.status()[0]).toMatchObject({ blockedUntilMs: at.nowMs + 1000, isReachable: true });
    at.nowMs += 2_000;
    expect((await at.get("/v2/hub/y/manifests/v1")).status).toBe(404);
    expect(at.pullThrough.status()[0]?.blockedUntilMs).toBeUndefined();
  });

  test("one bad answer about one repository does not stop the others", async () => {
    await using at = await stale();
    at.intercept = (_, path) => (path.includes("/bad/") ? refuse(500, "UNKNOWN") : undefined);
    expect((await at.get("/v2/hub/bad/manifests/v1")).status).toBe(502);
    expect((await at.get("/v2/hub/x/manifests/v1")).headers.get("warning")).toBeNull();
  });

  test("a tag that the upstream has deleted stays here, with a warning", async () => {
    await using at = await stale();
    at.intercept = () => refuse(404, "MANIFEST_UNKNOWN");
    const response = await at.get("/v2/hub/x/manifests/v1");
    expect(response.status).toBe(200);
    expect(response.headers.get("warning")).toContain("no such tag any more");
  });
});

test("rate limits are shown", async () => {
  await using at = await stale();
  at.intercept = async (request) => {
    const response = await at.upstream(request);
    response.headers.set("ratelimit-limit", "100;w=21600");
    response.headers.set("ratelimit-remaining", "42;w=21600");
    response.headers.set("docker-ratelimit-source", "192.0.2.1");
    return response;
  };
  await at.get("/v2/hub/x/manifests/v1");
  expect(at.pullThrough.status()[0]?.rateLimit).toEqual({
    limit: 100,
    remaining: 42,
    resetsAtMs: at.nowMs + 21_600_000,
    source: "192.0.2.1",
  });
});

describe("credentials", () => {
  /** Wants `user` with the password. */
  const guarded = (at: MirrorFixture, password: () => string) => (request: Request) => {
    const wanted = `Basic ${Buffer.from(`user:${password()}`).toString("base64")}`;
    if (request.headers.get("authorization") === wanted) return at.upstream(request);
    return refuse(401, "UNAUTHORIZED", { "www-authenticate": 'Basic realm="x"' });
  };

  test("are the mirror's own; those of clients are not passed on", async () => {
    await using at = new MirrorFixture({
      upstreams: [upstreamConfig({ username: "user", password: "secret" })],
    });
    at.intercept = guarded(at, () => "secret");
    await at.push("x", "v1");
    const client = `Basic ${Buffer.from("client:other").toString("base64")}`;
    expect((await at.get("/v2/hub/x/manifests/v1", { authorization: client })).status).toBe(200);
    expect(at.seen.some(({ headers }) => headers.get("authorization") === client)).toBe(false);
  });

  test("that are wrong end in a message without them", async () => {
    await using at = new MirrorFixture({
      upstreams: [upstreamConfig({ username: "user", password: "hunter2" })],
    });
    at.intercept = guarded(at, () => "secret");
    const failure = await errorOf(await at.get("/v2/hub/x/manifests/v1"));
    expect(failure).toMatchObject({ status: 404, code: "NAME_UNKNOWN" });
    expect(failure.message).toContain("the mirror's credentials are not accepted");
    expect(JSON.stringify([failure, at.warnings, at.pullThrough.status()])).not.toContain("hunter2");
  });

  test("in a file are read again when they have changed", async () => {
    const directory = await mkdtemp(join(tmpdir(), "kasane-password-"));
    try {
      const passwordPath = join(directory, "password");
      await Bun.write(passwordPath, "first\n");
      await using at = new MirrorFixture({
        upstreams: [upstreamConfig({ username: "user", passwordPath, tagTtlMs: 0 })],
      });
      let password = "first";
      at.intercept = guarded(at, () => password);
      await at.push("x", "v1");
      expect((await at.get("/v2/hub/x/manifests/v1")).status).toBe(200);
      password = "second";
      await Bun.write(passwordPath, "second");
      expect((await at.get("/v2/hub/x/manifests/v1")).headers.get("warning")).toBeNull();
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe("rings", () => {
  test("a mirror of itself says so, at once", async () => {
    await using at = new MirrorFixture({ upstreams: [upstreamConfig({ prefix: "" })] });
    at.intercept = (request) => Promise.resolve(at.handle(request));
    const failure = await errorOf(await at.get("/v2/x/manifests/v1"));
    expect(failure).toMatchObject({ status: 508, message: expect.stringContaining("in a ring") });
    expect(at.lines().length).toBe(1);
    expect(at.warnings).toEqual([expect.stringContaining("in a ring")]);
  });

  test("two mirrors of each other say so; what they have they serve", async () => {
    const both = { upstreams: [upstreamConfig({ prefix: "" })] };
    await using one = new MirrorFixture(both);
    await using two = new MirrorFixture(both);
    one.intercept = (request) => Promise.resolve(two.handle(request));
    two.intercept = (request) => Promise.resolve(one.handle(request));
    expect((await one.get("/v2/x/manifests/v1")).status).toBe(508);
    expect([one.lines().length, two.lines().length]).toEqual([1, 1]);
    await two.putManifest(two.handle, "y", "v1", {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [],
    } as { mediaType: string });
    one.nowMs += 120_000;
    expect((await one.get("/v2/y/manifests/v1")).status).toBe(200);
  });

  test("a chain of mirrors is no ring", async () => {
    await using near = new MirrorFixture();
    await using far = new MirrorFixture();
    near.intercept = (request, path) =>
      Promise.resolve(
        far.handle(
          new Request(`http://far.test${path.replace("/v2/", "/v2/hub/")}`, { headers: request.headers }),
        ),
      );
    await far.push("x", "v1");
    expect((await near.get("/v2/hub/x/manifests/v1")).status).toBe(200);
    expect(far.seen.at(-1)?.headers.get("via")?.split(", ")).toHaveLength(2);
  });
});
