import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobStore, openFileSystemBlobs, openMemoryBlobs } from "../../blob/mod.ts";
import { digestOf } from "../../oci/mod.ts";
import { MirrorFixture, upstreamConfig } from "./testing/mirror-fixture.ts";

const layer = crypto.getRandomValues(new Uint8Array(3_000_000));

async function onDisk() {
  const root = await mkdtemp(join(tmpdir(), "kasane-room-"));
  return { blobs: openFileSystemBlobs(root), end: () => rm(root, { recursive: true }) };
}

/** A pull of the whole image, as clients do it: by tag, then what the manifest names. */
async function pull(at: MirrorFixture, repository = "x") {
  const manifest = await at.get(`/v2/hub/${repository}/manifests/v1`);
  const { config, layers } = JSON.parse(await manifest.clone().text());
  const blobs = [];
  for (const { digest } of [config, ...layers]) {
    const blob = await at.get(`/v2/hub/${repository}/blobs/${digest}`);
    blobs.push({
      status: blob.status,
      digest: digestOf(await blob.bytes()),
      warning: blob.headers.get("warning"),
    });
    expect(blobs.at(-1)!.digest).toBe(digest);
  }
  return { manifest, blobs };
}

/** Nothing of it is on the disk any more; what was passed on lingers for a moment. */
async function leavesNothing(blobs: BlobStore) {
  const uploads = () => Array.fromAsync(blobs.listUploads());
  for (const deadline = Date.now() + 5_000; (await uploads()).length > 0 && Date.now() < deadline; )
    await Bun.sleep(5);
  expect(await uploads()).toEqual([]);
}

describe.each([
  ["in memory", async () => ({ blobs: openMemoryBlobs(), end: async () => {} })],
  ["on disk", onDisk],
])("a mirror whose quota is used up, %s", (_, open) => {
  test.each([
    ["of the repository", { repositoryBytes: 1 }],
    ["of the registry", { totalBytes: 1 }],
  ])("%# passes everything on and keeps nothing: quota %s", async (_, quota) => {
    const { blobs, end } = await open();
    const at = new MirrorFixture({ blobs, quota: () => quota });
    await at.push("x", "v1", layer);
    for (let turn = 0; turn < 2; turn++) {
      const { manifest, blobs: pulled } = await pull(at);
      expect(manifest.status).toBe(200);
      expect(manifest.headers.get("warning")).toContain("quota");
      expect(pulled.map(({ status }) => status)).toEqual([200, 200]);
      expect(pulled[1]!.warning).toContain("quota");
    }
    await leavesNothing(blobs);
    expect(await Array.fromAsync(blobs.list())).toEqual([]);
    expect(await at.meta.repositories.usage("hub/x")).toEqual({ repositoryBytes: 0, totalBytes: 0 });
    expect(await at.meta.repositories.exists("hub/x")).toBe(false);
    expect(at.pullThrough.status()[0]!.unkept).toBeGreaterThanOrEqual(6);
    // Said once, not for each blob.
    expect(at.warnings).toEqual([
      expect.stringMatching(/upstream hub: hub\/x is served without being kept: .*quota/),
    ]);
    await at[Symbol.asyncDispose]();
    await end();
  });
});

test("what fits is kept, what does not is passed on, and with a larger quota it is kept", async () => {
  let limit = 10_000;
  await using at = new MirrorFixture({ quota: () => ({ repositoryBytes: limit }) });
  const pushed = await at.push("x", "v1", layer);
  const first = await pull(at);
  expect(first.manifest.headers.get("warning")).toBeNull();
  expect(first.blobs.map(({ warning }) => warning !== null)).toEqual([false, true]);
  expect(await at.meta.repositories.hasBlob("hub/x", pushed.config)).toBeDefined();
  expect(await at.meta.repositories.hasBlob("hub/x", pushed.layer)).toBeUndefined();
  await leavesNothing(at.blobs);
  limit = 10_000_000;
  expect((await pull(at)).blobs.map(({ warning }) => warning)).toEqual([null, null]);
  expect(await at.meta.repositories.hasBlob("hub/x", pushed.layer)).toBeDefined();
  at.lines();
  await pull(at);
  expect(at.lines()).toEqual([]);
});

test("many at once share the one download that is passed on", async () => {
  await using at = new MirrorFixture({ quota: () => ({ totalBytes: 2000 }) });
  const pushed = await at.push("x", "v1", layer);
  await at.get("/v2/hub/x/manifests/v1");
  at.lines();
  const path = `/v2/hub/x/blobs/${pushed.layer}`;
  const ranges = ["bytes=0-", "bytes=2999999-", "bytes=100-200"];
  const answers = await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      const range = ranges[index % 4];
      return (await at.get(path, range ? { range } : {})).bytes();
    }),
  );
  expect(answers.map(({ length }) => length)).toEqual(
    Array.from({ length: 3 }, () => [3_000_000, 1, 101, 3_000_000]).flat(),
  );
  expect(digestOf(answers[3]!)).toBe(pushed.layer);
  expect(at.lines().length).toBe(1);
});

test("a wrong blob is refused there as well", async () => {
  await using at = new MirrorFixture({ quota: () => ({ totalBytes: 2000 }) });
  const pushed = await at.push("x", "v1", layer);
  const wrong = layer.slice().fill(1, 5, 6);
  at.intercept = (_, path) => (path.endsWith(pushed.layer) ? new Response(wrong) : undefined);
  await at.get("/v2/hub/x/manifests/v1");
  const response = await at.get(`/v2/hub/x/blobs/${pushed.layer}`);
  await expect(response.bytes()).rejects.toThrow();
  await leavesNothing(at.blobs);
});

test("a blob of another repository is served, and not counted where there is no room for it", async () => {
  const quota = (repository: string) => (repository === "hub/y" ? { repositoryBytes: 1 } : {});
  await using at = new MirrorFixture({ quota });
  const pushed = await at.push("x", "v1", layer);
  await at.push("y", "v1", layer);
  await pull(at, "x");
  at.lines();
  const { blobs } = await pull(at, "y");
  expect(blobs[1]).toMatchObject({ status: 200, warning: expect.stringContaining("quota") });
  expect(at.lines().filter((line) => line.includes(`GET /v2/y/blobs/${pushed.layer}`))).toEqual([]);
  expect(await at.meta.repositories.usage("hub/y")).toMatchObject({ repositoryBytes: 0 });
});

test("what would be fetched beforehand is not where it cannot be kept", async () => {
  const upstreams = [upstreamConfig({ prefetch: ["linux/amd64"] })];
  await using at = new MirrorFixture({ upstreams, quota: () => ({ repositoryBytes: 1500 }) });
  const pushed = await at.push("x", "one", layer);
  const size = (await at.meta.repositories.usage("x")).repositoryBytes;
  expect(size).toBe(0);
  const child = await (await at.upstream(new Request(`http://u/v2/x/manifests/${pushed.digest}`))).bytes();
  await at.putManifest(at.upstream, "x", "v1", {
    mediaType: "application/vnd.oci.image.index.v1+json",
    ...{
      schemaVersion: 2,
      manifests: [
        {
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          digest: pushed.digest,
          size: child.length,
          platform: { os: "linux", architecture: "amd64" },
        },
      ],
    },
  });
  await at.get("/v2/hub/x/manifests/v1");
  while (!(await at.meta.repositories.hasBlob("hub/x", pushed.config))) await Bun.sleep(1);
  await at.pullThrough.close();
  expect(at.lines().filter((line) => line.includes(pushed.layer))).toEqual([]);
});
