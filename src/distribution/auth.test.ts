import { beforeEach, describe, expect, test } from "bun:test";
import { KasaneError } from "../lib/mod.ts";
import { digestOf, mediaTypes } from "../oci/mod.ts";
import type { Credential } from "./mod.ts";
import { InProcessNetwork, registryError } from "./testing/in-process-network.ts";

const manifest = '{"schemaVersion":2}';

/** A registry behind a token server, as Docker Hub is one; rights are what a token says. */
class TokenWorld {
  readonly network: InProcessNetwork;
  /** Tokens that work, by their value. */
  readonly tokens = new Map<string, { scopes: string[] }>();
  users: Record<string, string> = {};
  refreshTokens = new Set<string>();
  expiresIn: number | undefined = 300;
  anonymous = true;
  realm = "https://auth.test/token";
  /** Extra words of the challenge. */
  challenge = "";
  #count = 0;

  constructor() {
    this.network = new InProcessNetwork({
      "registry.test": (request) => this.#registry(request),
      "auth.test": (request) => this.#token(request),
    });
  }

  client(credential?: Credential) {
    return this.network.client(credential ? { credentials: { find: async () => credential } } : {});
  }

  #registry(request: Request): Response {
    const [, repository = "", kind] =
      /^\/v2\/(.+)\/(manifests|blobs)\//.exec(new URL(request.url).pathname) ?? [];
    const need = `repository:${repository}:${request.method === "GET" || request.method === "HEAD" ? "pull" : "push"}`;
    const value = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
    const token = this.tokens.get(value);
    const allowed =
      token?.scopes.some((scope) => {
        const [, name, actions] = /^repository:(.*):([a-z,]*)$/.exec(scope) ?? [];
        return name === repository && actions?.split(",").includes(need.split(":")[2]!);
      }) ?? false;
    if (allowed || (token && kind === undefined))
      return new Response(manifest, { headers: { "content-type": mediaTypes.ociManifest } });
    const scope = kind === undefined ? "" : `,scope="${need}"`;
    return registryError(401, "UNAUTHORIZED", {
      "www-authenticate": `Bearer realm="${this.realm}",service="registry.test"${scope}${this.challenge}`,
    });
  }

  async #token(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const form = new URLSearchParams(request.method === "POST" ? await request.text() : "");
    const basic = request.headers.get("authorization");
    const [name = "", password] = basic ? atob(basic.replace("Basic ", "")).split(":") : [];
    const known =
      request.method === "POST"
        ? this.refreshTokens.has(form.get("refresh_token") ?? "")
        : basic
          ? this.users[name] === password
          : this.anonymous;
    if (!known) return Response.json({ details: "incorrect username or password" }, { status: 401 });
    const scopes =
      request.method === "POST" ? (form.get("scope") ?? "").split(" ") : url.searchParams.getAll("scope");
    const value = `token-${++this.#count}`;
    this.tokens.set(value, { scopes });
    const key = request.method === "POST" ? "access_token" : "token";
    return Response.json({ [key]: value, expires_in: this.expiresIn });
  }
}

let world: TokenWorld;
beforeEach(() => {
  world = new TokenWorld();
});
const password = { kind: "password", username: "user", password: "topsecret" } as const;

describe("bearer tokens", () => {
  test("anonymous: one challenge, one token, used again", async () => {
    const client = world.client();
    await client.getManifest("a/b", "x");
    await client.getManifest("a/b", "y");
    expect(world.network.lines()).toEqual([
      "GET /v2/a/b/manifests/x",
      "GET /v2/a/b/manifests/x",
      "GET /v2/a/b/manifests/y",
    ]);
    expect(world.network.lines("auth.test")).toEqual([
      "GET /token?service=registry.test&scope=repository%3Aa%2Fb%3Apull",
    ]);
  });

  test("once the realm is known, another repository costs no refusal", async () => {
    const client = world.client();
    await client.getManifest("a", "x");
    await client.getManifest("b", "x");
    expect(world.network.lines()).toEqual([
      "GET /v2/a/manifests/x",
      "GET /v2/a/manifests/x",
      "GET /v2/b/manifests/x",
    ]);
  });

  test("many requests at once ask for one token", async () => {
    const client = world.client();
    await client.getManifest("a", "first");
    await Promise.all(Array.from({ length: 8 }, (_, index) => client.getManifest("b", `${index}`)));
    expect(world.network.lines("auth.test")).toHaveLength(2);
  });

  test("with a password goes to the token server alone", async () => {
    world.anonymous = false;
    world.users = { user: "topsecret" };
    await world.client(password).getManifest("a", "x");
    expect(world.network.lines("auth.test")).toEqual([
      "GET /token?service=registry.test&scope=repository%3Aa%3Apull&account=user",
    ]);
    for (const { host, headers } of world.network.seen) {
      const sent = headers.get("authorization") ?? "";
      expect(sent.startsWith("Basic")).toBe(host === "auth.test");
    }
  });

  test("an identity token is exchanged by POST", async () => {
    world.anonymous = false;
    world.refreshTokens.add("idt");
    await world.client({ kind: "identity-token", token: "idt" }).getManifest("a", "x");
    expect(world.network.lines("auth.test")).toEqual(["POST /token"]);
  });

  test("an identity token does not follow a redirect to another server", async () => {
    const network = new InProcessNetwork({
      "registry.test": () =>
        registryError(401, "UNAUTHORIZED", { "www-authenticate": 'Bearer realm="https://auth.test/"' }),
      "auth.test": () => new Response(null, { status: 307, headers: { location: "https://evil.test/" } }),
      "evil.test": () => Response.json({ token: "x" }),
    });
    const client = network.client({
      credentials: { find: async () => ({ kind: "identity-token", token: "idt" }) },
    });
    await expect(client.ping()).rejects.toMatchObject({ code: "protocol" });
    expect(network.lines("evil.test")).toEqual([]);
  });

  test("a source that fails is only told of where credentials are needed", async () => {
    const failing = {
      credentials: {
        find: () =>
          Promise.reject(
            new KasaneError("io", "there is no program docker-credential-x", { hint: "install it" }),
          ),
      },
    };
    await world.network.client(failing).getManifest("a", "x");
    world.anonymous = false;
    const error = await world.network
      .client(failing)
      .getManifest("a", "x")
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "unauthorized", hint: "install it" });
    expect(error.message).toEndWith("; there is no program docker-credential-x");
  });

  test("a registry token is sent as it is", async () => {
    world.tokens.set("given", { scopes: ["repository:a:pull"] });
    await world.client({ kind: "registry-token", token: "given" }).getManifest("a", "x");
    expect(world.network.lines("auth.test")).toEqual([]);
  });

  test("a token that the registry no longer takes is renewed once", async () => {
    const client = world.client();
    await client.getManifest("a", "x");
    world.tokens.clear();
    await client.getManifest("a", "x");
    expect(world.network.lines("auth.test")).toHaveLength(2);
  });

  test("a token is renewed before it ends", async () => {
    world.expiresIn = 0.001;
    const client = world.client();
    await client.getManifest("a", "x");
    await Bun.sleep(2);
    await client.getManifest("a", "x");
    expect(world.network.lines("auth.test")).toHaveLength(2);
    expect(world.network.lines()).toHaveLength(3);
  });

  test("insufficient_scope gets what the challenge asks for, and it is remembered", async () => {
    const client = world.client();
    world.challenge = ',error="insufficient_scope"';
    // The client asks with pull,push for uploads: another registry may want more for the same request.
    const wanted = "repository:a:delete,pull repository:extra:pull";
    const network = new InProcessNetwork({
      "registry.test": (request) =>
        world.tokens
          .get(request.headers.get("authorization")?.slice(7) ?? "")
          ?.scopes.includes("repository:extra:pull")
          ? new Response(manifest, { headers: { "content-type": mediaTypes.ociManifest } })
          : registryError(403, "DENIED", {
              "www-authenticate": `Bearer realm="https://auth.test/token",scope="${wanted}",error="insufficient_scope"`,
            }),
      "auth.test": (request) => world.network.fetch(request),
    });
    const other = network.client();
    await other.getManifest("a", "x");
    await other.getManifest("a", "y");
    expect(network.lines("auth.test")).toEqual([
      "GET /token?scope=repository%3Aa%3Adelete%2Cpull&scope=repository%3Aextra%3Apull",
    ]);
    await client.getManifest("a", "x");
  });

  test("a mount asks for both repositories", async () => {
    const client = world.client();
    const descriptor = { mediaType: "x/y", digest: digestOf("x"), size: 1 };
    await client
      .pushBlob("a", descriptor, async () => new Response("x").body!, { mountFrom: ["b"] })
      .catch(() => {});
    expect(world.network.lines("auth.test").map(decodeURIComponent)).toContain(
      "GET /token?service=registry.test&scope=repository:a:pull,push",
    );
  });

  test("wrong credentials are `unauthorized` with a hint, and the password is nowhere", async () => {
    world.users = { user: "another" };
    const error = await world
      .client(password)
      .getManifest("a", "x")
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "unauthorized", data: { status: 401 } });
    expect(error.message).toBe(
      "cannot pull registry.test/a:x: registry.test (token server auth.test) answered 401 (incorrect username or password)",
    );
    expect(error.hint).toContain("kasane login registry.test");
    expect(Bun.inspect(error)).not.toContain("topsecret");
    expect(Bun.inspect(error)).not.toContain(btoa("user:topsecret"));
  });

  test("no rights with a good token is `unauthorized`, after one more try", async () => {
    world.network.fetch;
    const network = new InProcessNetwork({
      "registry.test": () =>
        registryError(401, "UNAUTHORIZED", { "www-authenticate": 'Bearer realm="https://auth.test/token"' }),
      "auth.test": (request) => world.network.fetch(request),
    });
    const error = await network
      .client()
      .getManifest("a", "x")
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "unauthorized", data: { registryCode: "UNAUTHORIZED" } });
    expect(error.hint).toBe("log in with kasane login registry.test");
    expect(network.lines().length).toBeLessThanOrEqual(3);
  });

  test.each([
    "http://auth.test/token",
    "ftp://auth.test/",
    "/token",
    "",
  ])("a realm of %j is refused: credentials do not go out in clear text", async (realm) => {
    world.realm = realm;
    const error = await world
      .client(password)
      .getManifest("a", "x")
      .catch((thrown) => thrown);
    expect(error.code).toBe("protocol");
    expect(world.network.lines("auth.test")).toEqual([]);
  });

  test.each([
    { token: "" },
    { token: "a\r\nx-evil: 1" },
    { token: 5 },
    "text",
    null,
  ])("a token answer of %j is a protocol error", async (answer) => {
    const network = new InProcessNetwork({
      "registry.test": () =>
        registryError(401, "UNAUTHORIZED", { "www-authenticate": 'Bearer realm="https://auth.test/"' }),
      "auth.test": () => Response.json(answer),
    });
    await expect(network.client().getManifest("a", "x")).rejects.toMatchObject({ code: "protocol" });
  });
});

describe("basic", () => {
  const basicRegistry = (challenge = 'Basic realm="r"') =>
    new InProcessNetwork({
      "registry.test": ({ headers }) =>
        headers.get("authorization") === `Basic ${btoa("user:topsecret")}`
          ? new Response(manifest, { headers: { "content-type": mediaTypes.ociManifest } })
          : registryError(401, "UNAUTHORIZED", { "www-authenticate": challenge }),
    });

  test("sends the password when it is asked for, then at once", async () => {
    const network = basicRegistry();
    const client = network.client({ credentials: { find: async () => password } });
    await client.getManifest("a", "x");
    await client.getManifest("b", "y");
    expect(network.seen.map(({ headers }) => headers.has("authorization"))).toEqual([false, true, true]);
  });

  test("is found among several challenges", async () => {
    const network = basicRegistry('Negotiate, Basic realm="r"');
    await network.client({ credentials: { find: async () => password } }).ping();
  });

  test("without credentials, or with wrong ones, is `unauthorized` after one request more at most", async () => {
    const network = basicRegistry();
    await expect(network.client().ping()).rejects.toMatchObject({ code: "unauthorized" });
    const wrong = { ...password, password: "no" };
    const client = network.client({ credentials: { find: async () => wrong } });
    await expect(client.ping()).rejects.toMatchObject({ code: "unauthorized" });
    expect(network.lines().length).toBeLessThanOrEqual(3);
  });

  test("asks the source once for each repository, with Docker Hub's own name", async () => {
    const asked: string[] = [];
    const network = new InProcessNetwork({
      "registry-1.docker.io": () => registryError(401, "UNAUTHORIZED", { "www-authenticate": "Basic" }),
    });
    const client = network.client({
      host: "docker.io",
      credentials: {
        async find(host, repository) {
          asked.push(`${host} ${repository}`);
          return password;
        },
      },
    });
    await client.getManifest("library/a", "x").catch(() => {});
    await client.getManifest("library/a", "y").catch(() => {});
    expect(asked).toEqual(["docker.io library/a"]);
  });
});
