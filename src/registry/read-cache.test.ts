import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileSystemBlobs } from "../blob/mod.ts";
import { openSqliteMeta } from "../meta/mod.ts";
import { ReadCache } from "./read-cache.ts";
import { imageManifest, TestRegistry } from "./testing/test-registry.ts";

describe("ReadCache", () => {
  let revision = 0;
  const cache = new ReadCache<string>({ revision: () => revision, limitBytes: 6400 });

  test("gives back what it keeps until the revision changes", () => {
    cache.keep("a", "A", { revision, sizeBytes: 1 });
    expect(cache.get("a")).toBe("A");
    revision++;
    expect(cache.get("a")).toBeUndefined();
  });

  test("does not keep what was read before a change, nor what is large", () => {
    const read = cache.revision();
    revision++;
    cache.keep("a", "A", { revision: read, sizeBytes: 1 });
    cache.keep("b", "B", { revision, sizeBytes: 201 });
    expect([cache.get("a"), cache.get("b")]).toEqual([undefined, undefined]);
  });

  test("keeps what is used, and no more than its limit", () => {
    for (let index = 0; index < 1000; index++) {
      cache.keep(`x${index}`, "X", { revision, sizeBytes: 100 });
      cache.keep("often", "O", { revision, sizeBytes: 100 });
      expect(cache.get("often")).toBe("O");
    }
    const kept = Array.from({ length: 1000 }, (_, index) => cache.get(`x${index}`)).filter(Boolean).length;
    expect(kept).toBeLessThanOrEqual(64);
    expect(cache.get("x0")).toBeUndefined();
  });
});

describe("two registries on one store", () => {
  test("never answer with what the other has deleted or moved", async () => {
    const root = await mkdtemp(join(tmpdir(), "kasane-two-"));
    const open = () =>
      new TestRegistry({ blobs: openFileSystemBlobs(root), meta: openSqliteMeta(join(root, "meta.db")) });
    const [one, two] = [open(), open()];
    const status = async (path: string) => {
      // What another process has done is seen in the next turn of the event loop; a request comes in one.
      await new Promise((resolve) => setImmediate(resolve));
      const response = await two.send("GET", path);
      await response.arrayBuffer();
      return response;
    };
    const blob = await one.putBlob("a", "content");
    const first = await one.putManifest("a", "v1", imageManifest());
    expect((await status("/v2/a/manifests/v1")).headers.get("docker-content-digest")).toBe(first);
    expect((await status(`/v2/a/blobs/${blob}`)).status).toBe(200);

    const second = await one.putManifest("a", "v1", imageManifest({ annotations: { a: "b" } }));
    expect((await status("/v2/a/manifests/v1")).headers.get("docker-content-digest")).toBe(second);
    await one.send("DELETE", "/v2/a/manifests/v1");
    expect((await status("/v2/a/manifests/v1")).status).toBe(404);
    expect((await status(`/v2/a/manifests/${first}`)).status).toBe(200);
    await one.send("DELETE", `/v2/a/manifests/${first}`);
    expect((await status(`/v2/a/manifests/${first}`)).status).toBe(404);
    await one.send("DELETE", `/v2/a/blobs/${blob}`);
    expect((await status(`/v2/a/blobs/${blob}`)).status).toBe(404);
    for (const { meta } of [one, two]) await meta.close();
    await rm(root, { recursive: true });
  });
});
