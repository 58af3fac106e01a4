import { expect, test } from "bun:test";
import { digestOf, mediaTypes } from "../oci/mod.ts";
import { InProcessNetwork, registryError } from "./testing/in-process-network.ts";

const content = "layer";
const descriptor = { mediaType: mediaTypes.ociLayer, digest: digestOf(content), size: content.length };
const credentials = { find: async () => ({ kind: "password", username: "u", password: "p" }) as const };
const challenge = { "www-authenticate": "Basic" };
const read = async (stream: Promise<ReadableStream>) => new Response(await stream).text();

/** A registry that wants a password and answers blob requests with `redirect`. */
const redirecting = (redirect: () => Response, hosts: Record<string, (request: Request) => Response> = {}) =>
  new InProcessNetwork({
    "registry.test": (request) => {
      if (!request.headers.has("authorization")) return registryError(401, "UNAUTHORIZED", challenge);
      return request.url.includes("/blobs/") ? redirect() : new Response(content);
    },
    ...hosts,
  });
const to =
  (location: string, status = 307) =>
  () =>
    new Response(null, { status, headers: { location } });

test.each([
  301, 302, 303, 307, 308,
])("a %d to storage is followed without our credentials", async (status) => {
  const network = redirecting(to("https://storage.test/bucket/x?sig=1", status), {
    "storage.test": () => new Response(content),
  });
  expect(await read(network.client({ credentials }).getBlob("a", descriptor))).toBe(content);
  const stored = network.seen.find(({ host }) => host === "storage.test")!;
  expect(stored.headers.get("authorization")).toBeNull();
  expect(stored.path).toBe("/bucket/x?sig=1");
});

test("a redirect on the same origin keeps them", async () => {
  const network = redirecting(to("/elsewhere"));
  expect(await read(network.client({ credentials }).getBlob("a", descriptor))).toBe(content);
  expect(network.seen.at(-1)!.headers.get("authorization")).not.toBeNull();
});

test.each([
  "https://registry.test:444/x",
  "https://registry.test.evil.test/x",
])("another port or name is another origin: %s", async (location) => {
  const host = new URL(location).host;
  const network = redirecting(to(location), { [host]: () => new Response(content) });
  await read(network.client({ credentials }).getBlob("a", descriptor));
  expect(network.seen.at(-1)!.headers.get("authorization")).toBeNull();
});

test("a redirect that comes back does not get them again", async () => {
  const network = redirecting(to("https://storage.test/x"), {
    "storage.test": to("https://registry.test/v2/secret"),
  });
  await network
    .client({ credentials })
    .getBlob("a", descriptor)
    .catch(() => {});
  const back = network.seen.findIndex(({ path }) => path === "/v2/secret");
  expect(network.seen[back]!.headers.get("authorization")).toBeNull();
});

test("another server that asks for credentials gets none", async () => {
  const network = redirecting(to("https://storage.test/x"), {
    "storage.test": () => registryError(401, "UNAUTHORIZED", challenge),
  });
  const error = await network
    .client({ credentials })
    .getBlob("a", descriptor)
    .catch((thrown) => thrown);
  expect(error.code).toBe("unauthorized");
  for (const { host, headers } of network.seen) {
    if (host === "storage.test") expect(headers.get("authorization")).toBeNull();
  }
});

test.each([
  ["http://storage.test/x", "pointed from https to plain http"],
  ["file:///etc/passwd", "sent a Location with file:"],
  ["https://", "sent a Location that is not a URL"],
])("a redirect to %s is refused", async (location, reason) => {
  const network = redirecting(to(location), { "storage.test": () => new Response(content) });
  const error = await network
    .client({ credentials })
    .getBlob("a", descriptor)
    .catch((thrown) => thrown);
  expect(error.code).toBe("protocol");
  expect(error.message).toContain(reason);
});

test("redirects without end are an error", async () => {
  const network = redirecting(to("/loop"), {});
  network.client();
  const looping = new InProcessNetwork({ "registry.test": to("/loop") });
  await expect(looping.client().getBlob("a", descriptor)).rejects.toMatchObject({ code: "protocol" });
});

test("no URL of a server reaches a message: it may hold a signature", async () => {
  const network = redirecting(to("https://user:pw@storage.test/x?X-Sig=topsecret"), {
    "storage.test": () => {
      throw Object.assign(new Error("cannot connect to https://storage.test/x?X-Sig=topsecret."), {
        code: "ECONNRESET",
      });
    },
  });
  const error = await network
    .client({ credentials })
    .getBlob("a", descriptor)
    .catch((thrown) => thrown);
  expect(error.code).toBe("network");
  expect(Bun.inspect(error)).not.toContain("topsecret");
  expect(error.message).toContain("storage.test");
});

test("429 and 503 are waited for as the server asks, then the request is made again", async () => {
  const answers = [
    () => registryError(429, "TOOMANYREQUESTS", { "retry-after": "0" }),
    () => new Response("", { status: 503 }),
    () => new Response(content),
  ];
  const network = new InProcessNetwork({ "registry.test": () => answers.shift()!() });
  expect(await read(network.client().getBlob("a", descriptor))).toBe(content);
});

test("whoever wants to know is told of every wait", async () => {
  const answers = [() => new Response("", { status: 503 }), () => new Response(content)];
  const network = new InProcessNetwork({ "registry.test": () => answers.shift()!() });
  const reasons: string[] = [];
  await network.client({ onRetry: ({ reason }) => reasons.push(reason.message) }).ping();
  expect(reasons).toEqual([
    "cannot reach the registry registry.test: registry.test answered 503 (service unavailable)",
  ]);
});

test("what stays 429 is `rate-limited`, with the wait in the hint", async () => {
  const network = new InProcessNetwork({
    "registry.test": () => registryError(429, "TOOMANYREQUESTS", { "retry-after": "3600" }),
  });
  const error = await network
    .client()
    .getBlob("a", descriptor)
    .catch((thrown) => thrown);
  expect(error).toMatchObject({
    code: "rate-limited",
    hint: "try again in 3600 s",
    data: { retryAfterMs: 3_600_000 },
  });
  expect(network.seen).toHaveLength(1);
});

test.each([400, 404, 405, 500, 501])("%d is not asked again", async (status) => {
  const network = new InProcessNetwork({ "registry.test": () => new Response("", { status }) });
  await network
    .client()
    .getManifest("a", "x")
    .catch(() => {});
  expect(network.seen).toHaveLength(1);
});

test("a host that does not exist is not asked again", async () => {
  const network = new InProcessNetwork({});
  const error = await network
    .client()
    .ping()
    .catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "network", hint: "check the spelling of the registry's host" });
  expect(network.seen).toHaveLength(1);
});

test("the registry's own words are in the message, without what could move a cursor", async () => {
  const network = new InProcessNetwork({
    "registry.test": () =>
      Response.json({ errors: [{ code: "DENIED", message: "no\u001b[2Jway\n\u202e!" }] }, { status: 403 }),
  });
  const error = await network
    .client()
    .getManifest("a", "x")
    .catch((thrown) => thrown);
  expect(error.message).toBe("cannot pull registry.test/a:x: registry.test answered 403 (no [2Jway !)");
});

test("an error page that never ends is not read to its end", async () => {
  const network = new InProcessNetwork({
    "registry.test": () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(65536)),
        }),
        { status: 500 },
      ),
  });
  await expect(network.client().getManifest("a", "x")).rejects.toMatchObject({ code: "protocol" });
});

test("an answer with a content encoding is refused: its bytes would not be those of the digest", async () => {
  const network = new InProcessNetwork({
    "registry.test": () => new Response(content, { headers: { "content-encoding": "gzip" } }),
  });
  await expect(network.client().getBlob("a", descriptor)).rejects.toMatchObject({ code: "protocol" });
});

test("requests say who sends them", async () => {
  const network = new InProcessNetwork({ "registry.test": () => new Response(content) });
  await network.client().ping();
  await network.client({ userAgent: "other/1" }).ping();
  expect(network.seen.map(({ headers }) => headers.get("user-agent"))).toEqual([
    expect.stringMatching(/^kasane\/\d+\.\d+\.\d+/),
    "other/1",
  ]);
});

test("a cancelled call ends with `cancelled`, also while it waits to try again", async () => {
  const controller = new AbortController();
  const network = new InProcessNetwork({
    "registry.test": () => {
      setTimeout(() => controller.abort(), 1);
      return registryError(503, "UNAVAILABLE", { "retry-after": "30" });
    },
  });
  const { signal } = controller;
  await expect(network.client().getManifest("a", "x", { signal })).rejects.toMatchObject({
    code: "cancelled",
  });
  await expect(network.client().getManifest("a", "x", { signal: AbortSignal.abort() })).rejects.toMatchObject(
    {
      code: "cancelled",
    },
  );
});
