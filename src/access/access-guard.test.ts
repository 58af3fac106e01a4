import { afterAll, describe, expect, test } from "bun:test";
import { RegistryFailure, type Session } from "../registry/mod.ts";
import type { Access } from "./mod.ts";
import { AccessFixture, basic, bcryptEntry, peer, request, rule } from "./testing/access-fixture.ts";

const fixtures: AccessFixture[] = [];
afterAll(() => Promise.all(fixtures.map((fixture) => fixture[Symbol.asyncDispose]())));

async function withUsers(
  config: Parameters<AccessFixture["access"]>[0] = {},
): Promise<{ fixture: AccessFixture; access: Access }> {
  const fixture = await AccessFixture.create();
  fixtures.push(fixture);
  const path = await fixture.write("users", bcryptEntry("alice", "secret") + bcryptEntry("bob", "hidden"));
  return { fixture, access: fixture.access({ htpasswd: { realm: "here", path }, ...config }) };
}

async function failureOf(work: Session | Promise<Session>): Promise<RegistryFailure> {
  try {
    await work;
  } catch (error) {
    if (error instanceof RegistryFailure) return error;
    throw error;
  }
  throw new Error("was let in");
}

describe("admit()", () => {
  test("right credentials come in, and the next time without waiting", async () => {
    const { access } = await withUsers();
    const session = await access.guard.admit(request("/v2/", basic("alice", "secret")), peer);
    expect(session.caller).toEqual({ kind: "user", name: "alice" });
    expect(session.isAdmitted).toBe(true);
    expect(session.allows("delete", "any/thing")).toBe(true);
    expect(access.guard.admit(request("/v2/", basic("alice", "secret")), peer)).not.toBeInstanceOf(Promise);
  });

  test.each([
    ["a wrong password", basic("alice", "wrong")],
    ["an unknown user", basic("carol", "secret")],
    ["an empty password", basic("alice", "")],
    ["what only begins like the password", basic("alice", "secret\0more")],
    ["no name", basic("", "secret")],
    ["no base64", "Basic ???"],
    ["another scheme", "Digest abc"],
    ["a token where there are none", "Bearer abc"],
    ["a header that never ends", `Basic ${"A".repeat(20_000)}`],
  ])("%s is refused with a challenge", async (_, authorization) => {
    const { access } = await withUsers();
    const failure = await failureOf(access.guard.admit(request("/v2/", authorization), peer));
    expect(failure.code).toBe("UNAUTHORIZED");
    expect(failure.headers["www-authenticate"]).toBe('Basic realm="here", charset="UTF-8"');
  });

  test("anonymous callers are asked to log in at /v2/, and pull what a rule lets them", async () => {
    const { access } = await withUsers({
      rules: [
        rule({ repositories: ["public/**"], isForAnonymous: true }),
        rule({ isForUsers: true, actions: ["pull", "push"] }),
      ],
    });
    const session = await access.guard.admit(request("/v2/"), peer);
    expect(session.isAdmitted).toBe(false);
    expect(session.allows("pull", "public/x")).toBe(true);
    expect(session.allows("push", "public/x")).toBe(false);
    expect(session.allows("pull", "private/x")).toBe(false);
    expect(session.refusal([{ repository: "private/x", actions: ["pull"] }])).toMatchObject({
      code: "UNAUTHORIZED",
      headers: {
        "www-authenticate":
          'Bearer realm="http://registry.test/auth/token",service="kasane",scope="repository:private/x:pull"',
      },
    });
    const alice = await access.guard.admit(request("/v2/", basic("alice", "secret")), peer);
    expect(alice.refusal([{ repository: "private/x", actions: ["delete"] }])).toMatchObject({
      code: "DENIED",
    });
  });

  test("where nobody can log in, whoever may pull something is let in", async () => {
    const fixture = await AccessFixture.create();
    fixtures.push(fixture);
    for (const isForAnonymous of [true, false]) {
      const { guard } = fixture.access({ rules: [rule({ isForAnonymous })], hasCertificateUsers: true });
      const session = await guard.admit(request("/v2/"), peer);
      expect(session.isAdmitted).toBe(isForAnonymous);
      expect(session.refusal([])).toMatchObject({ code: "DENIED" });
    }
  });

  test("no name and no password are nobody's credentials, as podman means them", async () => {
    const { access } = await withUsers({ rules: [rule({ isForAnonymous: true })] });
    const session = await access.guard.admit(request("/v2/", basic("", "")), peer);
    expect(session.caller.kind).toBe("anonymous");
    expect(session.allows("pull", "any/thing")).toBe(true);
  });

  test.each([
    ["the host that the client wrote", {}, "http://registry.test/auth/token"],
    ["https where a proxy says so", { "x-forwarded-proto": "https" }, "https://registry.test/auth/token"],
    ["a proxy's host", { "x-forwarded-host": "outside.test:5000" }, "http://outside.test:5000/auth/token"],
    ["no host that could be more than one", { "x-forwarded-host": 'a",x="' }, "http://localhost/auth/token"],
  ])("the token address has %s", async (_, headers, realm) => {
    const { access } = await withUsers({ rules: [rule({ isForAnonymous: true })] });
    const session = await access.guard.admit(request("/v2/", undefined, { headers }), peer);
    expect(session.refusal([]).headers["www-authenticate"]).toStartWith(`Bearer realm="${realm}",`);
  });

  test("a changed file holds for the next request a second later", async () => {
    const { fixture, access } = await withUsers();
    await access.guard.admit(request("/v2/", basic("alice", "secret")), peer);
    await fixture.write("users", bcryptEntry("alice", "other"));
    fixture.nowMs += 5000;
    await failureOf(access.guard.admit(request("/v2/", basic("alice", "secret")), peer));
    fixture.nowMs += 5000;
    expect((await access.guard.admit(request("/v2/", basic("alice", "other")), peer)).isAdmitted).toBe(true);
    await failureOf(access.guard.admit(request("/v2/", basic("bob", "hidden")), peer));
  });

  test("requests at once with the same header are one check", async () => {
    const { access } = await withUsers();
    const sessions = Array.from({ length: 300 }, () =>
      access.guard.admit(request("/v2/", basic("bob", "hidden")), peer),
    );
    expect((await Promise.all(sessions)).every((session) => session.caller.name === "bob")).toBe(true);
  });

  test("a certificate's common name is a user, and a header comes before it", async () => {
    const { access } = await withUsers({
      hasCertificateUsers: true,
      rules: [rule({ users: ["node"], repositories: ["{user}/**"] })],
    });
    const certificate = { address: "192.0.2.1", certificate: { commonName: "node", names: [] } };
    const session = await access.guard.admit(request("/v2/"), certificate);
    expect(session.caller).toEqual({ kind: "certificate", name: "node" });
    expect(session.allows("pull", "node/x")).toBe(true);
    expect(session.allows("pull", "other/x")).toBe(false);
    const alice = await access.guard.admit(request("/v2/", basic("alice", "secret")), certificate);
    expect(alice.caller.name).toBe("alice");
    const robot = { address: "", certificate: { commonName: "robot+ci", names: [] } };
    expect((await access.guard.admit(request("/v2/"), robot)).caller.kind).toBe("anonymous");
  });
});
