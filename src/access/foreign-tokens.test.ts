import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import type { Session } from "../registry/mod.ts";
import type { Access } from "./mod.ts";
import { AccessFixture, peer, request, rule } from "./testing/access-fixture.ts";

let fixture: AccessFixture;
let access: Access;
let key: CryptoKey;
let publicJwk: JWK;
const token = { realm: "https://auth.test/token", service: "registry.test", issuer: "https://auth.test" };

beforeAll(async () => {
  fixture = await AccessFixture.create();
  const pair = await generateKeyPair("ES256", { extractable: true });
  key = pair.privateKey;
  publicJwk = { ...(await exportJWK(pair.publicKey)), kid: "one", alg: "ES256", use: "sig" };
  const jwksPath = await fixture.write("jwks.json", JSON.stringify({ keys: [publicJwk] }));
  access = fixture.access({
    token: { ...token, jwksPath },
    rules: [rule({ repositories: ["public/**"], isForAnonymous: true })],
  });
});
afterAll(() => fixture[Symbol.asyncDispose]());

const nowS = () => Math.floor(fixture.nowMs / 1000);
const entry = (name: string, ...actions: string[]) => ({ type: "repository", name, actions });
const goodClaims = (): JWTPayload => ({
  iss: token.issuer,
  aud: token.service,
  sub: "alice",
  exp: nowS() + 300,
  nbf: nowS(),
  access: [entry("team/a", "pull", "push")],
});
const goodHeader = { alg: "ES256", kid: "one", typ: "JWT" };

async function sign(
  claims: Record<string, unknown> = {},
  header: object = {},
  signer = key,
): Promise<string> {
  const payload: JWTPayload = { ...goodClaims(), ...claims };
  for (const [name, value] of Object.entries(payload)) if (value === undefined) delete payload[name];
  return await new SignJWT(payload).setProtectedHeader({ ...goodHeader, ...header }).sign(signer);
}

const admit = async (text: string): Promise<Session> =>
  await access.guard.admit(request("/v2/team/a/manifests/x", `Bearer ${text}`), peer);
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("tokens of another service", () => {
  test("allow what they say, and what everybody may", async () => {
    const session = await admit(await sign());
    expect(session.caller).toEqual({ kind: "token", name: "alice" });
    expect(session.allows("push", "team/a")).toBe(true);
    expect(session.allows("delete", "team/a")).toBe(false);
    expect(session.allows("pull", "public/x")).toBe(true);
    expect(session.allows("pull", "team/ab")).toBe(false);
    expect(session.refusal([{ repository: "team/b", actions: ["pull"] }]).headers).toEqual({
      "www-authenticate":
        'Bearer realm="https://auth.test/token",service="registry.test",scope="repository:team/b:pull",error="insufficient_scope"',
    });
  });

  test("* is every action, and several audiences may be named", async () => {
    const session = await admit(
      await sign({ aud: ["other", token.service], access: [entry("team/a", "*")] }),
    );
    expect(session.allows("delete", "team/a")).toBe(true);
  });

  test("a catalog entry shows everything and pulls nothing", async () => {
    const session = await admit(
      await sign({ access: [{ type: "registry", name: "catalog", actions: ["*"] }] }),
    );
    expect(session.lists("any/thing")).toBe(true);
    expect(session.allows("pull", "any/thing")).toBe(false);
  });

  test("clocks may differ by a minute", async () => {
    expect((await admit(await sign({ nbf: nowS() + 50 }))).isAdmitted).toBe(true);
    expect((await admit(await sign({ exp: nowS() - 50 }))).isAdmitted).toBe(true);
  });

  const publicPem = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
  const attacks: [string, () => Promise<string>][] = [
    ["no signature at all", async () => `${encode({ alg: "none" })}.${encode(goodClaims())}.`],
    [
      "alg None in other letters",
      async () => `${encode({ ...goodHeader, alg: "nOnE" })}.${encode(goodClaims())}.`,
    ],
    [
      "HMAC with the public key as its secret",
      async () =>
        await new SignJWT(goodClaims())
          .setProtectedHeader({ ...goodHeader, alg: "HS256" })
          .sign(new TextEncoder().encode(JSON.stringify(publicJwk))),
    ],
    ["another audience", () => sign({ aud: "other" })],
    ["no audience", () => sign({ aud: undefined })],
    ["another issuer", () => sign({ iss: "https://evil.test" })],
    ["no issuer", () => sign({ iss: undefined })],
    ["a past end", () => sign({ exp: nowS() - 61 })],
    ["no end", () => sign({ exp: undefined })],
    ["an end that is no number", () => sign({ exp: "tomorrow" })],
    ["a future beginning", () => sign({ nbf: nowS() + 120 })],
    ["an unknown key", () => sign({}, { kid: "two" })],
    ["a path as key", () => sign({}, { kid: "../../../../dev/null" })],
    ["a prototype's name as key", () => sign({}, { kid: "__proto__" })],
    [
      "the right key's name with another key",
      async () => sign({}, {}, (await generateKeyPair("ES256")).privateKey),
    ],
    [
      "a key that it brings along",
      async () => {
        const own = await generateKeyPair("ES256", { extractable: true });
        return sign({}, { kid: undefined, jwk: await exportJWK(own.publicKey) }, own.privateKey);
      },
    ],
    ["an address to get the key from", () => sign({}, { kid: "three", jku: "http://127.0.0.1:1/jwks" })],
    ["a chain of certificates where none are trusted", () => sign({}, { kid: "x", x5c: ["MAA="] })],
    ["a critical extension that nobody knows", () => sign({}, { crit: ["x"], x: 1 }).catch(() => "a.b.c")],
    ["an access claim of another shape", () => sign({ access: { "team/a": "pull" } })],
    [
      "access entries of another shape",
      () => sign({ access: [{ type: "repository", name: ["team/a"], actions: "pull" }] }),
    ],
    [
      "ten thousand access entries",
      () => sign({ access: Array.from({ length: 10_000 }, () => entry("a", "pull")) }),
    ],
    ["nothing", async () => ""],
    ["dots", async () => ".."],
    ["no JSON", async () => "%%%.%%%.%%%"],
    ["a megabyte", async () => "A".repeat(1_000_000)],
    [
      "claims that were changed after signing",
      async () => {
        const [header, , signature] = (await sign()).split(".");
        return `${header}.${encode({ ...goodClaims(), access: [entry("team/a", "*")] })}.${signature}`;
      },
    ],
    [
      "a header that was changed after signing",
      async () => {
        const [, payload, signature] = (await sign()).split(".");
        return `${encode({ ...goodHeader, kid: "one", x: publicPem().asymmetricKeyType })}.${payload}.${signature}`;
      },
    ],
  ];
  test.each(attacks)("%s: refused", async (_, make) => {
    const refused = admit(await make());
    await expect(refused).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      headers: {
        "www-authenticate":
          'Bearer realm="https://auth.test/token",service="registry.test",scope="repository:team/a:pull",error="invalid_token"',
      },
    });
  });

  test("a token is good until its end, and not until a minute after", async () => {
    const short = await sign({ exp: nowS() + 10 });
    await admit(short);
    expect(access.guard.admit(request("/v2/", `Bearer ${short}`), peer)).not.toBeInstanceOf(Promise);
    fixture.nowMs += 80_000;
    await expect(admit(short)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  test("a changed key set ends what the old keys signed; one that cannot be read changes nothing", async () => {
    const old = await sign();
    await admit(old);
    await fixture.write("jwks.json", '{"keys": [');
    fixture.nowMs += 5000;
    await admit(old);
    expect(fixture.warnings.at(-1)).toContain("it is not JSON");
    const pair = await generateKeyPair("ES256", { extractable: true });
    const next = { ...(await exportJWK(pair.publicKey)), kid: "next" };
    await fixture.write("jwks.json", JSON.stringify({ keys: [next] }));
    fixture.nowMs += 5000;
    await expect(admit(old)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    await admit(await sign({}, { kid: "next" }, pair.privateKey));
    await fixture.write("jwks.json", JSON.stringify({ keys: [publicJwk] }));
    fixture.nowMs += 5000;
    await admit(await sign());
  });
});

describe("createAccess() for tokens of another service", () => {
  const configured = async (jwks: unknown, more: object = {}) => {
    const jwksPath = await fixture.write("other.json", JSON.stringify(jwks));
    return fixture.access({ token: { ...token, jwksPath, ...more } });
  };
  test.each([
    ["a shared secret among the keys", { keys: [{ kty: "oct", k: "c2VjcmV0" }] }, {}],
    ["no keys", { keys: [] }, {}],
    ["no set", [], {}],
    ["HMAC", { keys: [{ kty: "EC" }] }, { signingAlgorithms: ["ES256", "HS256"] }],
    ["none", { keys: [{ kty: "EC" }] }, { signingAlgorithms: ["none"] }],
  ])("refuses %s", async (_, jwks, more) => {
    await expect(configured(jwks, more)).rejects.toMatchObject({ code: "usage" });
  });

  test("only the algorithms that are configured count", async () => {
    const strict = await configured({ keys: [publicJwk] }, { signingAlgorithms: ["RS256"] });
    const refused = Promise.resolve(strict.guard.admit(request("/v2/", `Bearer ${await sign()}`), peer));
    await expect(refused).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  test.each(["RS256", "PS384", "ES384", "EdDSA"])("takes %s", async (algorithm) => {
    const pair = await generateKeyPair(algorithm, { extractable: true });
    const jwk = await exportJWK(pair.privateKey);
    // A set that was written with its private parts by mistake does its work all the same.
    const taken = await configured({ keys: [{ ...jwk, kid: "k" }] });
    const signer = (await importJWK(jwk, algorithm)) as CryptoKey;
    const text = await sign({}, { kid: "k", alg: algorithm }, signer);
    expect((await taken.guard.admit(request("/v2/", `Bearer ${text}`), peer)).isAdmitted).toBe(true);
  });
});
