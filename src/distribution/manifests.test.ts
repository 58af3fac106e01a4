import { describe, expect, test } from "bun:test";
import { digestOf, manifestLimitBytes, mediaTypes } from "../oci/mod.ts";
import { imageManifest, TestRegistry } from "../registry/testing/test-registry.ts";
import { InProcessNetwork, registryError } from "./testing/in-process-network.ts";

const text = JSON.stringify(imageManifest(), null, 2);
const bytes = new TextEncoder().encode(text);
const raw = { digest: digestOf(bytes), mediaType: mediaTypes.ociManifest, bytes };
const answering = (body: BodyInitLike, headers: Record<string, string> = {}) =>
  new InProcessNetwork({
    "registry.test": () =>
      new Response(body, { headers: { "content-type": mediaTypes.ociManifest, ...headers } }),
  }).client();
type BodyInitLike = ConstructorParameters<typeof Response>[0];

describe("against a registry", () => {
  const registry = new TestRegistry();
  const network = new InProcessNetwork({ "registry.test": registry.handle });
  const client = network.client();

  test("a manifest comes back byte for byte, by tag and by digest, until it is deleted", async () => {
    expect(await client.putManifest("a/b", "v1", raw)).toEqual({ digest: raw.digest, subjectKnown: false });
    for (const reference of ["v1", raw.digest]) {
      expect(await client.getManifest("a/b", reference)).toEqual(raw);
      expect(await client.headManifest("a/b", reference)).toEqual({
        digest: raw.digest,
        mediaType: raw.mediaType,
        sizeBytes: bytes.length,
      });
    }
    expect(await Array.fromAsync(client.listTags("a/b"))).toEqual(["v1"]);
    expect(await Array.fromAsync(client.catalog())).toEqual(["a/b"]);
    expect(await client.deleteManifest("a/b", raw.digest)).toBe(true);
    expect(await client.deleteManifest("a/b", raw.digest)).toBe(false);
    expect(await client.headManifest("a/b", "v1")).toBeUndefined();
    await expect(client.getManifest("a/b", "v1")).rejects.toMatchObject({
      code: "not-found",
      data: { host: "registry.test", status: 404, registryCode: "MANIFEST_UNKNOWN" },
    });
  });

  test("a sha512 reference is checked with sha512", async () => {
    const long = { ...raw, digest: digestOf(bytes, "sha512") };
    await client.putManifest("a/b", long.digest, long);
    expect(await client.getManifest("a/b", long.digest)).toEqual(long);
  });

  test("a subject is known to the registry", async () => {
    const subject = { mediaType: mediaTypes.ociManifest, digest: raw.digest, size: bytes.length };
    const referrer = new TextEncoder().encode(JSON.stringify(imageManifest({ subject })));
    const digest = digestOf(referrer);
    const result = await client.putManifest("a/b", digest, { ...raw, digest, bytes: referrer });
    expect(result.subjectKnown).toBe(true);
  });
});

test("a manifest with another digest than the one asked for is refused", async () => {
  await expect(answering("{}").getManifest("a", raw.digest)).rejects.toMatchObject({
    code: "digest-mismatch",
  });
});

test("a manifest that is not the one the registry announces is refused", async () => {
  const client = answering("{}", { "docker-content-digest": raw.digest });
  await expect(client.getManifest("a", "v1")).rejects.toMatchObject({ code: "digest-mismatch" });
});

test("an announced digest that is none is no check", async () => {
  expect((await answering(bytes, { "docker-content-digest": "md5:x" }).getManifest("a", "v1")).digest).toBe(
    raw.digest,
  );
});

test("a manifest without end is refused at the limit", async () => {
  const chunk = new Uint8Array(1024 * 1024);
  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += chunk.length;
      controller.enqueue(chunk);
    },
  });
  await expect(answering(endless).getManifest("a", "v1")).rejects.toMatchObject({ code: "limit-exceeded" });
  expect(sent).toBeLessThan(2 * manifestLimitBytes);
});

test.each([
  [`${mediaTypes.ociIndex}; charset=utf-8`, mediaTypes.ociIndex],
  ["application/json", mediaTypes.ociManifest],
  ["text/plain", mediaTypes.ociManifest],
])("Content-Type %s is the media type %s", async (contentType, mediaType) => {
  expect((await answering(bytes, { "content-type": contentType }).getManifest("a", "v1")).mediaType).toBe(
    mediaType,
  );
});

test("HEAD without a digest asks for the manifest itself", async () => {
  const network = new InProcessNetwork({
    "registry.test": ({ method }) =>
      method === "HEAD"
        ? new Response(null, { headers: { "content-type": mediaTypes.ociManifest } })
        : new Response(bytes, { headers: { "content-type": mediaTypes.ociManifest } }),
  });
  expect(await network.client().headManifest("a", "v1")).toMatchObject({ digest: raw.digest });
});

test("a registry that stored something else is found out", async () => {
  const network = new InProcessNetwork({
    "registry.test": () =>
      new Response(null, { status: 201, headers: { "docker-content-digest": digestOf("x") } }),
  });
  await expect(network.client().putManifest("a", "v1", raw)).rejects.toMatchObject({
    code: "digest-mismatch",
  });
});

test("a registry that does not delete says `unsupported`", async () => {
  const network = new InProcessNetwork({ "registry.test": () => registryError(405, "UNSUPPORTED") });
  await expect(network.client().deleteManifest("a", "v1")).rejects.toMatchObject({ code: "unsupported" });
});
