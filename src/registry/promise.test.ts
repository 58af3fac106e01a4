import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileSystemBlobs, openMemoryBlobs } from "../blob/mod.ts";
import { type Meta, openSqliteMeta } from "../meta/mod.ts";
import { digestOf } from "../oci/mod.ts";
import { createRegistry, noRules, type RegistryRules } from "./mod.ts";
import { errorCode, imageManifest, TestRegistry } from "./testing/test-registry.ts";

const hourMs = 60 * 60 * 1000;
const grace = { graceMs: 24 * hourMs, untaggedAfterMs: 24 * hourMs, limit: 100 };

describe("what HEAD told of", () => {
  let root: string;
  let meta: Meta;
  let registry: TestRegistry;
  let rows: Database;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "kasane-promise-"));
    meta = openSqliteMeta(join(root, "meta.db"));
    registry = new TestRegistry({ blobs: openFileSystemBlobs(root), meta });
    rows = new Database(join(root, "meta.db"));
  });
  afterAll(async () => {
    rows.close();
    await meta.close();
    await rm(root, { recursive: true });
  });
  /** As if the time had passed, for the collector. */
  const elapse = (hours: number) => rows.run("UPDATE reviews SET since = since - ?", [hours * hourMs]);
  const collect = async () => {
    const { blobs } = await meta.reviews.collect(grace);
    for (const digest of blobs) await registry.blobs.delete(digest);
    await meta.garbage.settle(blobs);
    // Another process may have done it: that is noticed in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
  };
  const head = async (path: string) => (await registry.send("HEAD", path)).status;

  test("a blob stays for the grace time, and no longer", async () => {
    const told = await registry.putBlob("r", "told");
    const untold = await registry.putBlob("r", "untold");
    elapse(20);
    expect(await head(`/v2/r/blobs/${told}`)).toBe(200);
    elapse(20);
    await collect();
    expect(await head(`/v2/r/blobs/${untold}`)).toBe(404);
    expect(await registry.send("GET", `/v2/r/blobs/${told}`).then((response) => response.text())).toBe(
      "told",
    );
    elapse(24);
    await collect();
    expect(await head(`/v2/r/blobs/${told}`)).toBe(404);
  });

  test("a child stays for an index that is being pushed", async () => {
    const child = await registry.putManifest("r", "tag", imageManifest());
    await registry.send("DELETE", "/v2/r/manifests/tag");
    rows.run("DELETE FROM deleted_tags");
    elapse(20);
    expect(await head(`/v2/r/manifests/${child}`)).toBe(200);
    elapse(20);
    await collect();
    expect(await head(`/v2/r/manifests/${child}`)).toBe(200);
    elapse(25);
    await collect();
    expect(await head(`/v2/r/manifests/${child}`)).toBe(404);
  });
});

describe("rules", () => {
  const meta = openSqliteMeta(":memory:");
  const registryWith = (rules: Partial<RegistryRules>) => {
    const handle = createRegistry({
      blobs: openMemoryBlobs(),
      meta,
      rules: () => ({ ...noRules, ...rules }),
    });
    return (method: string, path: string, body?: string) =>
      handle(new Request(`http://x${path}`, { method, ...(body === undefined ? {} : { body }) }));
  };
  const small = registryWith({ quota: (name) => (name === "r" ? { repositoryBytes: 10 } : {}) });

  test("no upload is opened where nothing fits", async () => {
    const digest = new Bun.CryptoHasher("sha256").update("0123456789").digest("hex");
    const path = `/v2/r/blobs/uploads/?digest=sha256:${digest}`;
    expect((await small("POST", path, "0123456789")).status).toBe(201);
    for (const path of ["/v2/r/blobs/uploads/", `/v2/r/blobs/uploads/?digest=sha256:${"0".repeat(64)}`]) {
      const refused = await small("POST", path, "");
      expect(refused.status).toBe(403);
      expect(await refused.clone().text()).toContain("its quota is 10 bytes, and 10 are in use");
      expect(await errorCode(refused)).toBe("DENIED");
    }
    expect((await small("POST", "/v2/q/blobs/uploads/")).status).toBe(202);
    expect((await small("PUT", "/v2/r/manifests/t", JSON.stringify(imageManifest()))).status).toBe(403);
    expect((await small("POST", `/v2/r/blobs/uploads/?mount=sha256:${digest}&from=r`)).status).toBe(201);
  });

  test.each([
    20, 200_000,
  ])("of a push of %d bytes that is beyond it nothing stays on the disk", async (size) => {
    const blobs = openMemoryBlobs();
    const rules = () => ({ ...noRules, quota: () => ({ totalBytes: 250_000 }) });
    const own = openSqliteMeta(":memory:");
    const handle = createRegistry({ blobs, meta: own, rules });
    await own.repositories.linkBlob("q", { digest: digestOf("other"), sizeBytes: 249_990 });
    const body = new Uint8Array(size);
    const digest = digestOf(body);
    const send = (method: string, path: string) => handle(new Request(`http://x${path}`, { method, body }));
    expect((await send("POST", `/v2/r/blobs/uploads/?digest=${digest}`)).status).toBe(403);
    const opened = await handle(new Request("http://x/v2/r/blobs/uploads/", { method: "POST" }));
    const refused = await send("PUT", `${opened.headers.get("location")}?digest=${digest}`);
    expect(refused.status).toBe(403);
    expect(await errorCode(refused)).toBe("DENIED");
    expect(await Array.fromAsync(blobs.list())).toEqual([]);
    expect(await Array.fromAsync(blobs.listUploads())).toEqual([]);
    await own.close();
  });

  test("an immutable tag is neither moved nor deleted", async () => {
    const send = registryWith({ isImmutable: (_, tag) => tag.startsWith("v") });
    const manifest = (name: string) => JSON.stringify(imageManifest({ annotations: { name } }));
    expect((await send("PUT", "/v2/i/manifests/v1", manifest("one"))).status).toBe(201);
    expect((await send("PUT", "/v2/i/manifests/v1", manifest("one"))).status).toBe(201);
    const refused = await send("PUT", "/v2/i/manifests/v1", manifest("two"));
    expect(refused.status).toBe(403);
    expect(await refused.clone().text()).toContain("tag v1 of i is immutable");
    expect(await errorCode(refused)).toBe("DENIED");
    expect((await send("DELETE", "/v2/i/manifests/v1")).status).toBe(403);
    expect((await send("PUT", "/v2/i/manifests/latest", manifest("two"))).status).toBe(201);
  });
});
