import { expect, test } from "bun:test";
import { digestOf, mediaTypes } from "../oci/mod.ts";
import { InProcessNetwork, registryError } from "./testing/in-process-network.ts";

const subject = digestOf("subject");
const descriptor = (name: string) => ({
  mediaType: mediaTypes.ociManifest,
  digest: digestOf(name),
  size: name.length,
  artifactType: "application/x",
});
const index = (...names: string[]) => ({
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: names.map(descriptor),
});

test("listReferrers() reads every page, and stops where they lead in a circle", async () => {
  const path = `/v2/a/b/referrers/${subject}`;
  const network = new InProcessNetwork({
    "registry.test": (request) => {
      const last = new URL(request.url).searchParams.get("last");
      const body = last === null ? index("one", "two") : index("three");
      return Response.json(body, { headers: { link: `<${path}?last=2>; rel="next"` } });
    },
  });
  const found = await network.client().listReferrers("a/b", subject);
  expect(found.map(({ digest }) => digest)).toEqual(["one", "two", "three"].map((name) => digestOf(name)));
  expect(network.lines()).toEqual([`GET ${path}`, `GET ${path}?last=2`]);
});

test("listReferrers() falls back to the tag of the specification, and to none", async () => {
  const tag = `/v2/a/b/manifests/${subject.replace(":", "-")}`;
  for (const withTag of [true, false]) {
    const network = new InProcessNetwork({
      "registry.test": (request) =>
        withTag && new URL(request.url).pathname === tag
          ? Response.json(index("one"), { headers: { "content-type": mediaTypes.ociIndex } })
          : registryError(404, "NOT_FOUND"),
    });
    const found = await network.client().listReferrers("a/b", subject);
    expect(found.map(({ digest }) => digest)).toEqual(withTag ? [digestOf("one")] : []);
  }
});

test.each([
  ["HTML", "<html>"],
  ["a manifest", JSON.stringify({ schemaVersion: 2, config: descriptor("c"), layers: [] })],
])("listReferrers() refuses %s", async (_, body) => {
  const network = new InProcessNetwork({ "registry.test": () => new Response(body) });
  await expect(network.client().listReferrers("a/b", subject)).rejects.toMatchObject({
    name: "KasaneError",
  });
});

test("onAnswer sees what the registry says, and not the storage behind it", async () => {
  const seen: (string | null)[] = [];
  const network = new InProcessNetwork({
    "registry.test": () =>
      new Response(null, {
        status: 307,
        headers: { location: "https://storage.test/x", "ratelimit-remaining": "7" },
      }),
    "storage.test": () => new Response("hello", { headers: { "ratelimit-remaining": "1" } }),
  });
  const client = network.client({
    onAnswer: ({ headers }) => seen.push(headers.get("ratelimit-remaining")),
    headers: (repository) => ({ via: `1.1 ${repository}` }),
  });
  await client.headBlob("a/b", digestOf("hello"));
  expect(seen).toEqual([]);
  expect(network.seen.map(({ headers }) => headers.get("via"))).toEqual(["1.1 a/b", "1.1 a/b"]);
  const direct = new InProcessNetwork({
    "registry.test": () => registryError(429, "TOOMANYREQUESTS", { "ratelimit-remaining": "0" }),
  });
  const asked = direct.client({
    onAnswer: ({ status, headers }) => seen.push(`${status} ${headers.get("ratelimit-remaining")}`),
  });
  await expect(asked.headManifest("a/b", "v1", { attempts: 1 })).rejects.toMatchObject({
    code: "rate-limited",
  });
  expect(seen).toEqual(["429 0"]);
});
