import { describe, expect, test } from "bun:test";
import { digestOf, mediaTypes } from "../../oci/mod.ts";
import { imageDocument, MirrorFixture, upstreamConfig } from "./testing/mirror-fixture.ts";

const code = async (response: Response) =>
  ((await response.json()) as { errors: { code: string; message: string }[] }).errors[0]!;

describe("manifests", () => {
  test("come from upstream once, byte for byte, by tag and by digest", async () => {
    await using at = new MirrorFixture();
    const { digest } = await at.push("a/b", "v1");
    const first = await at.get("/v2/hub/a/b/manifests/v1");
    expect(first.status).toBe(200);
    expect(first.headers.get("docker-content-digest")).toBe(digest);
    expect(digestOf(await first.bytes())).toBe(digest);
    expect(at.lines()).toEqual(["GET /v2/a/b/manifests/v1"]);
    for (const reference of ["v1", digest]) {
      for (const method of ["GET", "HEAD"]) {
        expect((await at.get(`/v2/hub/a/b/manifests/${reference}`, {}, method)).status).toBe(200);
      }
    }
    expect(at.lines()).toEqual([]);
    expect(at.pullThrough.status()[0]).toMatchObject({ hits: 4, misses: 1, isReachable: true });
  });

  test("a tag is checked by HEAD when its time is up, and fetched only when it has moved", async () => {
    await using at = new MirrorFixture();
    const one = await at.push("a", "v1", "one");
    await at.get("/v2/hub/a/manifests/v1");
    at.lines();
    at.nowMs += 61_000;
    expect((await at.get("/v2/hub/a/manifests/v1")).headers.get("docker-content-digest")).toBe(one.digest);
    expect(at.lines()).toEqual(["HEAD /v2/a/manifests/v1"]);
    await at.get("/v2/hub/a/manifests/v1");
    expect(at.lines()).toEqual([]);
    const two = await at.push("a", "v1", "two");
    at.nowMs += 61_000;
    expect((await at.get("/v2/hub/a/manifests/v1")).headers.get("docker-content-digest")).toBe(two.digest);
    expect(at.lines()).toEqual(["HEAD /v2/a/manifests/v1", "GET /v2/a/manifests/v1"]);
    expect((await at.get(`/v2/hub/a/manifests/${one.digest}`)).status).toBe(200);
    // Another tag of the same manifest costs no download.
    await at.putManifest(at.upstream, "a", "latest", imageDocument(two.layer, "two"));
    expect((await at.get("/v2/hub/a/manifests/latest")).headers.get("docker-content-digest")).toBe(
      two.digest,
    );
    expect(at.lines()).toEqual(["HEAD /v2/a/manifests/latest"]);
  });

  test("an immutable tag stays at what it was when it came, and is not asked about again", async () => {
    const isImmutable = (repository: string, tag: string) =>
      repository === "hub/team/app" && tag.startsWith("v");
    await using mirror = new MirrorFixture({ isImmutable });
    const digestOfTag = async (tag: string) =>
      (await mirror.get(`/v2/hub/team/app/manifests/${tag}`)).headers.get("docker-content-digest");
    for (const tag of ["v1", "dev"]) await mirror.push("team/app", tag, "first");
    const { digest: first } = await mirror.push("team/app", "v1", "first");
    expect([await digestOfTag("v1"), await digestOfTag("dev")]).toEqual([first, first]);
    for (const tag of ["v1", "dev"]) await mirror.push("team/app", tag, "second");
    mirror.nowMs += 61_000;
    mirror.lines();
    expect(await digestOfTag("v1")).toBe(first);
    expect(mirror.lines()).toEqual([]);
    expect(await digestOfTag("dev")).not.toBe(first);
  });

  test("of an index only those asked for are fetched, and the platforms to prefetch", async () => {
    await using at = new MirrorFixture({
      upstreams: [upstreamConfig({ prefetch: ["linux/arm64"] })],
    });
    const children = [];
    for (const architecture of ["amd64", "arm64", "s390x"]) {
      const layer = `layer for ${architecture}`;
      const pushed = await at.push("a", architecture, layer);
      const size = JSON.stringify(imageDocument(pushed.layer, layer)).length;
      children.push({
        mediaType: mediaTypes.ociManifest,
        digest: pushed.digest,
        size,
        platform: { os: "linux", architecture },
      });
    }
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex as string, manifests: children };
    await at.putManifest(at.upstream, "a", "v1", index);
    await at.get("/v2/hub/a/manifests/v1");
    expect((await at.get(`/v2/hub/a/manifests/${children[0]!.digest}`)).status).toBe(200);
    const layerOf = (architecture: string) => digestOf(`layer for ${architecture}`);
    while (!(await at.meta.repositories.hasBlob("hub/a", layerOf("arm64")))) await Bun.sleep(1);
    const lines = at.lines();
    expect(lines.toSorted()).toEqual(
      [
        "GET /v2/a/manifests/v1",
        `GET /v2/a/manifests/${children[0]!.digest}`,
        `GET /v2/a/manifests/${children[1]!.digest}`,
        `GET /v2/a/blobs/${digestOf("{}")}`,
        `GET /v2/a/blobs/${layerOf("arm64")}`,
      ].toSorted(),
    );
  });

  test("what is not there is asked for once in a while, also by many at once", async () => {
    await using at = new MirrorFixture();
    await at.push("a", "v1");
    const answers = await Promise.all(Array.from({ length: 20 }, () => at.get("/v2/hub/a/manifests/absent")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
    expect(at.lines()).toEqual(["GET /v2/a/manifests/absent"]);
    await at.push("a", "absent");
    expect((await at.get("/v2/hub/a/manifests/absent")).status).toBe(404);
    at.nowMs += 6_000;
    expect((await at.get("/v2/hub/a/manifests/absent")).status).toBe(200);
  });

  test("many clients of one tag are one request", async () => {
    await using at = new MirrorFixture();
    await at.push("a", "v1");
    const answers = await Promise.all(Array.from({ length: 50 }, () => at.get("/v2/hub/a/manifests/v1")));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(at.lines()).toEqual(["GET /v2/a/manifests/v1"]);
  });
});

describe("pushes of its own", () => {
  test("are never overwritten, and deleting them lets the upstream's come back", async () => {
    await using at = new MirrorFixture({ upstreams: [upstreamConfig({ tagTtlMs: 0 })] });
    const theirs = await at.push("a", "v1", "theirs");
    const ours = await at.putManifest(
      at.handle,
      "hub/a",
      "v1",
      imageDocument(await at.put(at.handle, "hub/a", "ours"), "ours"),
    );
    at.lines();
    const pulled = async () => (await at.get("/v2/hub/a/manifests/v1")).headers.get("docker-content-digest");
    expect(await pulled()).toBe(ours);
    expect(at.lines()).toEqual([]);
    expect((await at.get("/v2/hub/a/manifests/v1", {}, "DELETE")).status).toBe(202);
    expect(await pulled()).toBe(theirs.digest);
    await at.putManifest(at.handle, "hub/a", "v1", imageDocument(digestOf("ours"), "ours"));
    expect(await pulled()).toBe(ours);
  });

  test("a repository that no upstream stands behind is never asked about", async () => {
    await using at = new MirrorFixture();
    expect((await at.get("/v2/own/a/manifests/v1")).status).toBe(404);
    await at.put(at.handle, "own/a", "x");
    expect((await at.get(`/v2/own/a/blobs/${digestOf("x")}`)).status).toBe(200);
    expect(at.lines()).toEqual([]);
  });
});

describe("names", () => {
  const two = [
    upstreamConfig({ hosts: ["hub.mirror.test"], namespaces: ["docker.io"] }),
    upstreamConfig({ name: "quay", url: "https://quay.test", prefix: "hub/quay", only: ["team/**"] }),
  ];

  test("ns and the host name the upstream; the answer says which one it was", async () => {
    await using at = new MirrorFixture({ upstreams: two });
    await at.push("a/b", "v1");
    const byNamespace = await at.get("/v2/a/b/manifests/v1?ns=docker.io");
    expect(byNamespace.status).toBe(200);
    expect(byNamespace.headers.get("oci-namespace")).toBe("docker.io");
    const byHost = await at.get("/v2/a/b/manifests/v1", { host: "Hub.mirror.test:5000" });
    expect(byHost.status).toBe(200);
    expect(byHost.headers.get("oci-namespace")).toBe("docker.io");
    expect((await at.get("/v2/hub/a/b/manifests/v1", { host: "hub.mirror.test" })).status).toBe(200);
    expect(at.lines()).toEqual(["GET /v2/a/b/manifests/v1"]);
    expect((await at.get("/v2/a/b/manifests/v1?ns=elsewhere.test")).status).toBe(404);
    expect((await at.get("/v2/a/b/manifests/v1")).status).toBe(404);
  });

  test("the longest prefix wins, `only` is kept to, and a name never changes its upstream", async () => {
    await using at = new MirrorFixture({ upstreams: two });
    await at.push("team/x", "v1");
    expect((await at.get("/v2/hub/quay/team/x/manifests/v1")).status).toBe(200);
    expect(at.seen.at(-1)?.headers.get("via")).toMatch(/^1\.1 kasane-/);
    expect(at.lines()).toEqual(["GET /v2/team/x/manifests/v1"]);
    expect((await at.get("/v2/hub/quay/other/x/manifests/v1")).status).toBe(404);
    const confused = await at.get("/v2/quay/team/x/manifests/v1?ns=docker.io");
    expect([confused.status, (await code(confused)).code]).toEqual([404, "NAME_UNKNOWN"]);
    expect(at.lines()).toEqual([]);
    expect((await at.get("/v2/team/x/manifests/v1?ns=quay.test")).status).toBe(200);
  });

  test("Docker Hub's official images are in library/", async () => {
    await using at = new MirrorFixture({ upstreams: [upstreamConfig({ url: "docker.io" })] });
    await at.push("library/nginx", "v1");
    expect((await at.get("/v2/hub/nginx/manifests/v1")).status).toBe(200);
    expect((await at.get("/v2/hub/library/nginx/manifests/v1")).status).toBe(200);
    expect((await at.get("/v2/library/nginx/manifests/v1?ns=docker.io")).status).toBe(200);
    expect(at.lines()).toEqual(Array(2).fill("GET /v2/library/nginx/manifests/v1"));
  });

  test.each([
    [{ prefix: "hub" }, /same prefix "hub"/],
    [{ prefix: "x", hosts: ["hub.mirror.test"] }, /same host/],
    [{ prefix: "x", namespaces: ["docker.io"] }, /same namespace/],
    [{ prefix: "x", url: "https://a/b" }, /not a registry's/],
  ])("an upstream that contradicts another is refused: %j", (config, message) => {
    expect(
      () => new MirrorFixture({ upstreams: [two[0]!, upstreamConfig({ name: "b", ...config })] }),
    ).toThrow(message);
  });
});

describe("lists", () => {
  test("tags of both are merged, page after page", async () => {
    await using at = new MirrorFixture();
    for (const tag of ["a", "b", "B", "c"]) await at.push("x", tag);
    await at.putManifest(at.handle, "hub/x", "bb", imageDocument(digestOf("x"), "x"));
    await at.putManifest(at.handle, "hub/x", "c", imageDocument(digestOf("x"), "x"));
    const tags: string[] = [];
    let path: string | undefined = "/v2/hub/x/tags/list?n=2";
    while (path !== undefined) {
      const response: Response = await at.get(path);
      const page = ((await response.json()) as { tags: string[] }).tags;
      tags.push(...page);
      path = /<([^>]+)>/.exec(response.headers.get("link") ?? "")?.[1];
    }
    expect(tags).toEqual(["B", "a", "b", "bb", "c"]);
    expect(at.lines()).toEqual(["GET /v2/x/tags/list"]);
  });

  test("without the upstream the tags here are listed", async () => {
    await using at = new MirrorFixture();
    await at.push("x", "v1");
    await at.get("/v2/hub/x/manifests/v1");
    at.intercept = () => new Response("down", { status: 503 });
    const response = await at.get("/v2/hub/x/tags/list");
    expect(await response.json()).toEqual({ name: "hub/x", tags: ["v1"] });
  });

  test("referrers are brought along", async () => {
    await using at = new MirrorFixture();
    const { digest } = await at.push("x", "v1");
    const subject = { mediaType: mediaTypes.ociManifest, digest, size: 1 };
    const signature = await at.push("x", "signature", "sig", { subject, artifactType: "text/signature" });
    await at.get("/v2/hub/x/manifests/v1");
    at.lines();
    const response = await at.get(`/v2/hub/x/referrers/${digest}`);
    expect(((await response.json()) as { manifests: unknown[] }).manifests).toMatchObject([
      { digest: signature.digest, artifactType: "text/signature" },
    ]);
    expect(at.lines()).toEqual([`GET /v2/x/referrers/${digest}`, `GET /v2/x/manifests/${signature.digest}`]);
    await at.get(`/v2/hub/x/referrers/${digest}`);
    expect(at.lines()).toEqual([]);
  });
});

test("what nobody pulls is dropped after its time, and comes back when asked for", async () => {
  await using at = new MirrorFixture({
    upstreams: [upstreamConfig({ unusedTtlMs: 1_000_000, tagTtlMs: 10_000_000 })],
  });
  for (const tag of ["used", "unused"]) {
    await at.push("x", tag);
    await at.get(`/v2/hub/x/manifests/${tag}`);
    await (await at.get(`/v2/hub/x/blobs/${digestOf(`layer of ${tag}`)}`)).bytes();
  }
  at.nowMs += 600_000;
  await at.get("/v2/hub/x/manifests/used");
  expect(await at.pullThrough.dropUnused()).toBe(0);
  at.nowMs += 600_000;
  expect(await at.pullThrough.dropUnused()).toBe(1);
  // Link first, then the object: what the collector finds in its second round.
  const freed = [];
  for (let round = 0; round < 4; round++) {
    const { blobs } = await at.meta.reviews.collect({ graceMs: Number.NEGATIVE_INFINITY, limit: 100 });
    await at.meta.garbage.settle(blobs);
    freed.push(...blobs);
  }
  expect(freed).toContain(digestOf("layer of unused"));
  expect(freed).not.toContain(digestOf("layer of used"));
  expect(await at.meta.repositories.listTags("hub/x", { limit: 10 })).toEqual(["used"]);
  at.lines();
  expect((await at.get("/v2/hub/x/manifests/unused")).status).toBe(200);
  expect(at.lines()).toEqual(["HEAD /v2/x/manifests/unused", "GET /v2/x/manifests/unused"]);
});

test("an immutable tag is not dropped: it could come back as something else", async () => {
  await using at = new MirrorFixture({
    upstreams: [upstreamConfig({ unusedTtlMs: 1_000_000 })],
    isImmutable: (repository, tag) => repository === "hub/x" && tag === "v1",
  });
  for (const tag of ["v1", "dev"]) {
    await at.push("x", tag);
    await at.get(`/v2/hub/x/manifests/${tag}`);
  }
  at.nowMs += 2_000_000;
  expect(await at.pullThrough.dropUnused()).toBe(1);
  expect(await at.meta.repositories.listTags("hub/x", { limit: 10 })).toEqual(["v1"]);
  expect(await at.pullThrough.dropUnused()).toBe(0);
});
