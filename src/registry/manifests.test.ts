import { beforeEach, describe, expect, test } from "bun:test";
import { digestOf, manifestLimitBytes, mediaTypes } from "../oci/mod.ts";
import { errorCode, imageManifest, TestRegistry } from "./testing/test-registry.ts";

let registry: TestRegistry;
beforeEach(() => {
  registry = new TestRegistry();
});

describe("PUT", () => {
  test("by tag makes it readable by tag and by digest, byte for byte", async () => {
    // Odd white space and an unknown field: the digest is over these bytes.
    const body = `${JSON.stringify({ ...imageManifest(), "x-unknown": 1 }, null, 3)}\n`;
    const digest = digestOf(body);
    const put = await registry.send("PUT", "/v2/a/manifests/v1", {
      headers: { "content-type": `${mediaTypes.ociManifest}; charset=utf-8` },
      body,
    });
    expect(put.status).toBe(201);
    expect(put.headers.get("docker-content-digest")).toBe(digest);
    expect(put.headers.get("location")).toBe(`/v2/a/manifests/${digest}`);
    for (const reference of ["v1", digest]) {
      const got = await registry.send("GET", `/v2/a/manifests/${reference}`);
      expect(got.status).toBe(200);
      expect(await got.text()).toBe(body);
      expect(got.headers.get("content-type")).toBe(mediaTypes.ociManifest);
      expect(got.headers.get("content-length")).toBe(String(body.length));
      expect(got.headers.get("docker-content-digest")).toBe(digest);
      const head = await registry.send("HEAD", `/v2/a/manifests/${reference}`);
      expect(head.headers.get("content-length")).toBe(String(body.length));
      expect(await head.text()).toBe("");
    }
  });

  test("moves a tag, and keeps the old manifest under its digest", async () => {
    const first = await registry.putManifest("a", "v1", imageManifest());
    const second = await registry.putManifest("a", "v1", imageManifest({ annotations: { n: "2" } }));
    const got = await registry.send("HEAD", "/v2/a/manifests/v1");
    expect(got.headers.get("docker-content-digest")).toBe(second);
    expect((await registry.send("HEAD", `/v2/a/manifests/${first}`)).status).toBe(200);
  });

  test("by digest with tag parameters makes every tag", async () => {
    const body = JSON.stringify(imageManifest());
    const tags = Array.from({ length: 10 }, (_, index) => `t${index}`);
    const query = tags.map((tag) => `tag=${tag}`).join("&");
    const put = await registry.send("PUT", `/v2/a/manifests/${digestOf(body)}?${query}`, { body });
    expect(put.status).toBe(201);
    expect(put.headers.get("oci-tag")?.split(", ")).toEqual(tags);
    for (const tag of tags) expect((await registry.send("HEAD", `/v2/a/manifests/${tag}`)).status).toBe(200);
  });

  test("with a sha512 digest keeps it under that digest, tags included", async () => {
    const body = JSON.stringify(imageManifest());
    const digest = digestOf(body, "sha512");
    const put = await registry.send("PUT", `/v2/a/manifests/${digest}?tag=long`, { body });
    expect(put.headers.get("docker-content-digest")).toBe(digest);
    const got = await registry.send("GET", "/v2/a/manifests/long");
    expect(got.headers.get("docker-content-digest")).toBe(digest);
  });

  test("names the subject, whether it is there or not", async () => {
    const subject = { mediaType: mediaTypes.ociManifest, digest: digestOf("nowhere"), size: 7 };
    const body = JSON.stringify(imageManifest({ subject }));
    const put = await registry.send("PUT", `/v2/a/manifests/${digestOf(body)}`, { body });
    expect(put.status).toBe(201);
    expect(put.headers.get("oci-subject")).toBe(subject.digest);
  });

  test("keeps Docker's media types", async () => {
    const document = {
      ...imageManifest(),
      mediaType: mediaTypes.dockerManifest,
      config: { mediaType: mediaTypes.dockerConfig, digest: digestOf("{}"), size: 2 },
    };
    await registry.putManifest("a", "docker", document);
    const got = await registry.send("GET", "/v2/a/manifests/docker", {
      headers: { accept: mediaTypes.ociManifest },
    });
    expect(got.headers.get("content-type")).toBe(mediaTypes.dockerManifest);
  });

  test("of bytes without a media type keeps the Content-Type of each repository, and of the last push", async () => {
    const body = JSON.stringify({ ...imageManifest(), mediaType: undefined });
    const put = (repository: string, type: string) =>
      registry.send("PUT", `/v2/${repository}/manifests/v1`, { headers: { "content-type": type }, body });
    const typeIn = async (repository: string) =>
      (await registry.send("GET", `/v2/${repository}/manifests/v1`)).headers.get("content-type");
    await put("a", mediaTypes.ociManifest);
    await put("b", mediaTypes.dockerManifest);
    expect([await typeIn("a"), await typeIn("b")]).toEqual([
      mediaTypes.ociManifest,
      mediaTypes.dockerManifest,
    ]);
    await put("b", mediaTypes.ociManifest);
    expect(await typeIn("b")).toBe(mediaTypes.ociManifest);
  });

  const body = JSON.stringify(imageManifest());
  const wrong = digestOf("something else");
  test.each([
    ["another digest", `/v2/a/manifests/${wrong}`, body, 400, "DIGEST_INVALID"],
    ["another sha512 digest", `/v2/a/manifests/${digestOf("x", "sha512")}`, body, 400, "DIGEST_INVALID"],
    ["a digest that is none", "/v2/a/manifests/sha256:baddigeststring", body, 400, "DIGEST_INVALID"],
    ["a tag that is none", "/v2/a/manifests/-x", body, 400, "MANIFEST_INVALID"],
    [
      "a tag parameter that is none",
      `/v2/a/manifests/${digestOf(body)}?tag=a%2Fb`,
      body,
      400,
      "MANIFEST_INVALID",
    ],
    ["no content", "/v2/a/manifests/v1", "", 400, "MANIFEST_INVALID"],
    ["no JSON", "/v2/a/manifests/v1", "nope", 400, "MANIFEST_INVALID"],
    ["null", "/v2/a/manifests/v1", "null", 400, "MANIFEST_INVALID"],
    ["a list", "/v2/a/manifests/v1", "[]", 400, "MANIFEST_INVALID"],
    [
      "manifests and layers",
      "/v2/a/manifests/v1",
      JSON.stringify(imageManifest({ manifests: [] })),
      400,
      "MANIFEST_INVALID",
    ],
    [
      "a bad layer digest",
      "/v2/a/manifests/v1",
      JSON.stringify(imageManifest({ layers: [{ mediaType: "x/y", digest: "../..", size: 1 }] })),
      400,
      "MANIFEST_INVALID",
    ],
  ])("with %s is refused and changes nothing", async (_, path, content, status, code) => {
    const response = await registry.send("PUT", path, {
      headers: { "content-type": mediaTypes.ociManifest },
      body: content,
    });
    expect(response.status).toBe(status);
    expect(await errorCode(response)).toBe(code);
    expect((await registry.send("GET", "/v2/a/manifests/v1")).status).toBe(404);
    expect((await registry.send("GET", "/v2/a/tags/list")).status).toBe(404);
    expect(registry.failures).toEqual([]);
  });

  test("of 4 MiB is taken, above the limit it is 413, announced or not", async () => {
    const large = JSON.stringify(imageManifest({ annotations: { a: "x".repeat(4 * 1024 * 1024) } }));
    expect((await registry.send("PUT", "/v2/a/manifests/large", { body: large })).status).toBe(201);
    const chunk = new Uint8Array(1024 * 1024);
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(chunk),
      });
    const unannounced = await registry.send("PUT", "/v2/a/manifests/huge", { body: endless() });
    expect(unannounced.status).toBe(413);
    const announced = await registry.send("PUT", "/v2/a/manifests/huge", {
      headers: { "content-length": String(manifestLimitBytes + 1) },
      body: endless(),
    });
    expect(announced.status).toBe(413);
  });

  test("with more tags than anybody needs is 414", async () => {
    const query = Array.from({ length: 101 }, (_, index) => `tag=t${index}`).join("&");
    expect((await registry.send("PUT", `/v2/a/manifests/${digestOf(body)}?${query}`, { body })).status).toBe(
      414,
    );
  });
});

test.each([
  "nope",
  "sha256:baddigeststring",
  digestOf("nowhere"),
  "-x",
  "a%2Fb",
])("GET of %s is an error", async (reference) => {
  const response = await registry.send("GET", `/v2/a/manifests/${reference}`);
  expect([400, 404]).toContain(response.status);
  expect(await errorCode(response)).toMatch(/MANIFEST_UNKNOWN|DIGEST_INVALID|UNSUPPORTED/);
});

describe("DELETE", () => {
  test("by tag removes that tag only", async () => {
    const digest = await registry.putManifest("a", "v1", imageManifest());
    await registry.putManifest("a", "v2", imageManifest());
    expect((await registry.send("DELETE", "/v2/a/manifests/v1")).status).toBe(202);
    expect((await registry.send("HEAD", "/v2/a/manifests/v1")).status).toBe(404);
    expect((await registry.send("HEAD", "/v2/a/manifests/v2")).status).toBe(200);
    expect((await registry.send("HEAD", `/v2/a/manifests/${digest}`)).status).toBe(200);
  });

  test("by digest removes it with every tag, from one repository", async () => {
    const digest = await registry.putManifest("a", "v1", imageManifest());
    await registry.putManifest("a", "v2", imageManifest());
    await registry.putManifest("b", "v1", imageManifest());
    expect((await registry.send("DELETE", `/v2/a/manifests/${digest}`)).status).toBe(202);
    for (const reference of ["v1", "v2", digest]) {
      expect((await registry.send("HEAD", `/v2/a/manifests/${reference}`)).status).toBe(404);
    }
    expect((await registry.send("HEAD", "/v2/b/manifests/v1")).status).toBe(200);
    expect(await (await registry.send("GET", "/v2/a/tags/list")).json()).toEqual({ name: "a", tags: [] });
  });

  test("tells of the tags that went, and of nothing where nothing was", async () => {
    const told: string[] = [];
    const observed = new TestRegistry({
      observer: {
        wants: (action) => action === "delete",
        happened: ({ kind, digest, tags }) => void told.push(`${kind} ${digest} ${tags.join(",")}`),
      },
    });
    const digest = await observed.putManifest("a", "v2", imageManifest());
    for (const tag of ["v1", "v3"]) await observed.putManifest("a", tag, imageManifest());
    for (const reference of ["v3", digest, digest, "v1"])
      await observed.send("DELETE", `/v2/a/manifests/${reference}`);
    expect(told).toEqual(["tag undefined v3", `manifest ${digest} v1,v2`]);
  });

  test("of what is not there is 404", async () => {
    expect((await registry.send("DELETE", "/v2/a/manifests/v1")).status).toBe(404);
    expect((await registry.send("DELETE", `/v2/a/manifests/${digestOf("x")}`)).status).toBe(404);
  });
});
