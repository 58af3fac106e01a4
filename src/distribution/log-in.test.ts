import { expect, test } from "bun:test";
import type { Credential } from "./credentials.ts";
import { logIn } from "./log-in.ts";
import { InProcessNetwork, registryError } from "./testing/in-process-network.ts";

const password: Credential = { kind: "password", username: "ann", password: "topsecret" };

/** A registry with a token server that gives identity tokens to whoever asks for one. */
function tokenWorld() {
  return new InProcessNetwork({
    "registry.test": (request) =>
      request.headers.get("authorization") === "Bearer access"
        ? new Response("{}")
        : registryError(401, "UNAUTHORIZED", {
            "www-authenticate": 'Bearer realm="https://auth.test/token",service="s"',
          }),
    "auth.test": async (request) => {
      const url = new URL(request.url);
      if (request.method === "POST") {
        const form = new URLSearchParams(await request.text());
        return form.get("refresh_token") === "identity"
          ? Response.json({ access_token: "access" })
          : registryError(401, "UNAUTHORIZED");
      }
      if (request.headers.get("authorization") !== `Basic ${btoa("ann:topsecret")}`)
        return registryError(401, "UNAUTHORIZED");
      const isOffline = url.searchParams.get("offline_token") === "true" && url.searchParams.has("client_id");
      return Response.json({ token: "access", ...(isOffline && { refresh_token: "identity" }) });
    },
  });
}

const tryWith = (network: InProcessNetwork, credential: Credential) =>
  logIn({ host: "registry.test", credential, fetch: network.fetch, retry: { attempts: 1 } });

test("an identity token takes the password's place, and logs in itself", async () => {
  const identity = await tryWith(tokenWorld(), password);
  expect(identity).toEqual({ kind: "identity-token", token: "identity" });
  expect(await tryWith(tokenWorld(), identity)).toEqual(identity);
  await expect(tryWith(tokenWorld(), { kind: "identity-token", token: "old" })).rejects.toMatchObject({
    code: "unauthorized",
  });
});

test("a registry without tokens, and one without users, keep the password", async () => {
  const basic = new InProcessNetwork({
    "registry.test": (request) =>
      request.headers.get("authorization") === `Basic ${btoa("ann:topsecret")}`
        ? new Response("{}")
        : registryError(401, "UNAUTHORIZED", { "www-authenticate": 'Basic realm="r"' }),
  });
  expect(await tryWith(basic, password)).toEqual(password);
  const open = new InProcessNetwork({ "registry.test": () => new Response("{}") });
  expect(await tryWith(open, password)).toEqual(password);
});

test.each([
  [401, "UNAUTHORIZED", "unauthorized", "cannot log in to registry.test: wrong user name or password"],
  [403, "DENIED", "denied", "cannot log in to registry.test: registry.test answered 403 (denied)"],
  [404, "UNSUPPORTED", "not-found", "registry.test answered 404"],
  [429, "TOOMANYREQUESTS", "rate-limited", "registry.test answered 429"],
  [503, "UNKNOWN", "network", "registry.test answered 503"],
] as const)("a registry that answers %i %s is an error without the password", async (status, code, kind, message) => {
  const network = new InProcessNetwork({
    "registry.test": () => registryError(status, code, { "www-authenticate": 'Basic realm="r"' }),
  });
  const error = await tryWith(network, password).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: kind, message: expect.stringContaining(message) });
  expect(Bun.inspect(error)).not.toContain("topsecret");
});
