import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import type { Session } from "../registry/mod.ts";
import { type Access, createRobotSecret, encodeRights, hashRobotSecret, rotateSigningKey } from "./mod.ts";
import { AccessFixture, basic, bcryptEntry, peer, request, rule } from "./testing/access-fixture.ts";

const config = {
  hasRobots: true,
  issuer: { service: "kasane", issuer: "https://registry.test", lifetimeMs: 300_000 },
  rules: [
    rule({ repositories: ["public/**"], isForAnonymous: true }),
    rule({ repositories: ["team/**"], users: ["alice"], actions: ["pull", "push"] }),
  ],
};
let fixture: AccessFixture;
let access: Access;
beforeAll(async () => {
  fixture = await AccessFixture.create();
  const path = await fixture.write("users", bcryptEntry("alice", "secret") + bcryptEntry("bob", "hidden"));
  access = fixture.access({ ...config, htpasswd: { realm: "here", path } });
});
afterAll(() => fixture[Symbol.asyncDispose]());

interface TokenAnswer {
  token: string;
  access_token: string;
  expires_in: number;
  issued_at: string;
  refresh_token?: string;
}

async function get(query: string, authorization?: string): Promise<{ status: number; body: TokenAnswer }> {
  const response = await access.tokenEndpoint!(request(`/auth/token?${query}`, authorization), peer);
  const text = await response.text();
  expect(response.headers.get("content-length")).toBe(String(text.length));
  return { status: response.status, body: JSON.parse(text) as TokenAnswer };
}

async function post(form: Record<string, string>): Promise<{ status: number; body: TokenAnswer }> {
  const init = { method: "POST", body: new URLSearchParams(form) };
  const response = await access.tokenEndpoint!(request("/auth/token", undefined, init), peer);
  return { status: response.status, body: (await response.json()) as TokenAnswer };
}

async function admit(token: string): Promise<Session> {
  return await access.guard.admit(request("/v2/", `Bearer ${token}`), peer);
}

const claims = (token: string) => decodeJwt(token).access as unknown[];
const scope = (name: string, actions: string) => `scope=repository:${name}:${actions}`;

describe("the token endpoint", () => {
  test("gives what was asked for and the rules allow, of several scopes", async () => {
    const asked = `service=kasane&${scope("team/a", "pull,push,delete")}&${scope("team/b", "*")}%20repository:other/x:pull`;
    const { status, body } = await get(asked, basic("alice", "secret"));
    expect(status).toBe(200);
    expect(body.expires_in).toBe(300);
    expect(body.access_token).toBe(body.token);
    expect(claims(body.token)).toEqual([
      { type: "repository", name: "team/a", actions: ["pull", "push"] },
      { type: "repository", name: "team/b", actions: ["pull", "push"] },
    ]);
    const session = await admit(body.token);
    expect(session.caller).toEqual({ kind: "user", name: "alice" });
    expect(session.allows("push", "team/a")).toBe(true);
    expect(session.allows("delete", "team/a")).toBe(false);
    // Not asked for, but alice may: another token would do. What she may not, she is refused.
    const missing = { repository: "team/c", actions: ["push"] as const };
    expect(session.allows("push", "team/c")).toBe(false);
    expect(session.refusal([missing])).toMatchObject({
      code: "UNAUTHORIZED",
      headers: {
        "www-authenticate":
          'Bearer realm="http://registry.test/auth/token",service="kasane",scope="repository:team/c:push",error="insufficient_scope"',
      },
    });
    expect(session.refusal([{ repository: "other/x", actions: ["pull"] }])).toMatchObject({ code: "DENIED" });
    expect(access.guard.admit(request("/v2/", `Bearer ${body.token}`), peer)).not.toBeInstanceOf(Promise);
  });

  test("gives anonymous callers what they may, and does not let them in as somebody", async () => {
    const { status, body } = await get(`${scope("public/x", "pull,push")}&${scope("team/a", "pull")}`);
    expect(status).toBe(200);
    expect(claims(body.token)).toEqual([{ type: "repository", name: "public/x", actions: ["pull"] }]);
    const session = await admit(body.token);
    expect(session.isAdmitted).toBe(false);
    expect(session.allows("pull", "public/x")).toBe(true);
    expect(session.refusal([{ repository: "team/a", actions: ["pull"] }])).toMatchObject({
      code: "UNAUTHORIZED",
    });
  });

  test.each([
    ["a wrong password", () => get("", basic("alice", "wrong")), 401],
    ["a token instead of a password", () => get("", "Bearer abc"), 401],
    ["another service", () => get("service=other", basic("bob", "hidden")), 400],
    ["an unknown grant", () => post({ grant_type: "magic" }), 400],
    ["a wrong password by form", () => post({ grant_type: "password", username: "bob", password: "x" }), 401],
    ["a refresh token that is none", () => post({ grant_type: "refresh_token", refresh_token: "x" }), 401],
    ["a body that never ends", () => post({ grant_type: "password", username: "x".repeat(40_000) }), 400],
  ])("refuses %s", async (_, ask, status) => {
    expect((await ask()).status).toBe(status);
  });

  test("a refresh token stands for the password until that changes, and is no access token", async () => {
    const { body } = await get("offline_token=true&client_id=docker", basic("bob", "hidden"));
    const refresh = body.refresh_token!;
    const form = { grant_type: "refresh_token", service: "kasane", refresh_token: refresh };
    const again = await post({ ...form, scope: "repository:public/x:pull" });
    expect(claims(again.body.token)).toHaveLength(1);
    expect((await admit(again.body.token)).caller.name).toBe("bob");
    await expect(admit(refresh)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    expect((await post({ ...form, refresh_token: body.token })).status).toBe(401);
    await fixture.write("users", bcryptEntry("alice", "secret") + bcryptEntry("bob", "changed"));
    fixture.nowMs += 5000;
    expect((await post(form)).status).toBe(401);
  });

  test("a password by form gets a token as well", async () => {
    const { status, body } = await post({
      grant_type: "password",
      username: "alice",
      password: "secret",
      access_type: "offline",
      scope: "repository:team/a:pull",
    });
    expect(status).toBe(200);
    expect(body.refresh_token).toBeString();
    expect(claims(body.token)).toHaveLength(1);
  });

  test("the published keys verify the tokens, and tell nothing private", async () => {
    const { body } = await get(scope("public/x", "pull"));
    const response = await access.tokenEndpoint!(request("/auth/keys"), peer);
    const text = await response.text();
    expect(text).not.toContain('"d"');
    await jwtVerify(body.token, createLocalJWKSet(JSON.parse(text)), {
      issuer: "https://registry.test",
      audience: "kasane",
      currentDate: new Date(fixture.nowMs),
    });
  });

  test("a removed user's token is worth nothing, and no token outlives its end", async () => {
    await fixture.write("users", bcryptEntry("alice", "secret") + bcryptEntry("carol", "x"));
    fixture.nowMs += 5000;
    const { body } = await get("", basic("carol", "x"));
    expect((await admit(body.token)).caller.name).toBe("carol");
    const { body: alices } = await get("", basic("alice", "secret"));
    await fixture.write("users", bcryptEntry("alice", "secret"));
    fixture.nowMs += 5000;
    await expect(admit(body.token)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    expect((await admit(alices.token)).caller.name).toBe("alice");
    fixture.nowMs += 340_000;
    await expect(admit(alices.token)).rejects.toMatchObject({
      headers: { "www-authenticate": expect.stringContaining('error="invalid_token"') },
    });
  });

  test("tokens of the last key are taken after a rotation, and other processes know the new one", async () => {
    const { body: before } = await get("", basic("alice", "secret"));
    await rotateSigningKey(fixture.meta.settings, fixture.nowMs);
    fixture.nowMs += 61_000;
    const { body: after } = await get("", basic("alice", "secret"));
    const other = fixture.access({
      ...config,
      htpasswd: { realm: "here", path: fixture.path("users") },
    });
    for (const { token } of [before, after]) {
      expect((await admit(token)).caller.name).toBe("alice");
      expect((await other.guard.admit(request("/v2/", `Bearer ${token}`), peer)).caller.name).toBe("alice");
    }
    const kid = (token: string) => JSON.parse(atob(token.split(".")[0]!)).kid;
    expect(kid(before.token)).not.toBe(kid(after.token));
  });

  test("a token for the catalog lists what its owner may pull, and pulls nothing", async () => {
    const { body } = await get("scope=registry:catalog:*", basic("alice", "secret"));
    const session = await admit(body.token);
    expect(session.lists("team/a")).toBe(true);
    expect(session.lists("other/a")).toBe(false);
    expect(session.allows("pull", "team/a")).toBe(false);
  });
});

describe("robots", () => {
  const secret = createRobotSecret();
  const robot = (name: string, more: object = {}) => ({
    name,
    secretHash: hashRobotSecret(secret),
    rights: encodeRights([{ repositories: "build/*", actions: ["pull", "push"] }]),
    createdAtMs: fixture.nowMs,
    ...more,
  });

  test("log in with their secret and get their own rights and everybody's", async () => {
    await fixture.meta.robots.add(robot("ci"));
    const session = await access.guard.admit(request("/v2/", basic("robot+ci", secret)), peer);
    expect(session.caller).toEqual({ kind: "robot", name: "robot+ci" });
    expect(session.allows("push", "build/x")).toBe(true);
    expect(session.allows("delete", "build/x")).toBe(false);
    expect(session.allows("pull", "public/x")).toBe(true);
    expect(session.allows("pull", "team/x")).toBe(false);
    expect((await fixture.meta.robots.get("ci"))?.usedAtMs).toBe(fixture.nowMs);
    expect(access.guard.admit(request("/v2/", basic("robot+ci", secret)), peer)).not.toBeInstanceOf(Promise);
  });

  test("disabled elsewhere, a robot and its tokens are out a quarter of a second later", async () => {
    await fixture.meta.robots.add(robot("off"));
    const authorization = basic("robot+off", secret);
    const { body } = await get(scope("build/x", "push"), authorization);
    expect((await admit(body.token)).allows("push", "build/x")).toBe(true);
    await fixture.meta.robots.update("off", { disabledAtMs: fixture.nowMs });
    fixture.nowMs += 250;
    await expect(admit(body.token)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    await expect(
      Promise.resolve(access.guard.admit(request("/v2/", authorization), peer)),
    ).rejects.toMatchObject({
      message: "robot+off is disabled",
    });
    await fixture.meta.robots.update("off", { disabledAtMs: null });
    fixture.nowMs += 250;
    expect((await admit(body.token)).caller.name).toBe("robot+off");
  });

  test("their end is the end of everything they got", async () => {
    await fixture.meta.robots.add(robot("soon", { expiresAtMs: fixture.nowMs + 10_000 }));
    const { body } = await get("offline_token=true", basic("robot+soon", secret));
    expect(body.expires_in).toBeLessThanOrEqual(10);
    fixture.nowMs += 10_001;
    const form = { grant_type: "refresh_token", refresh_token: body.refresh_token! };
    expect((await post(form)).status).toBe(401);
    await expect(admit(body.token)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    // Who does not know the secret learns nothing about the robot.
    const wrong = Promise.resolve(access.guard.admit(request("/v2/", basic("robot+soon", "no")), peer));
    await expect(wrong).rejects.toMatchObject({ message: "wrong user name or password" });
  });

  test("a new secret ends the old one", async () => {
    await fixture.meta.robots.add(robot("new"));
    const authorization = basic("robot+new", secret);
    expect((await access.guard.admit(request("/v2/", authorization), peer)).isAdmitted).toBe(true);
    await fixture.meta.robots.update("new", { secretHash: hashRobotSecret(createRobotSecret()) });
    fixture.nowMs += 250;
    await expect(
      Promise.resolve(access.guard.admit(request("/v2/", authorization), peer)),
    ).rejects.toMatchObject({
      code: "UNAUTHORIZED",
    });
  });
});
