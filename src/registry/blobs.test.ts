import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileSystemBlobs } from "../blob/mod.ts";
import { digestOf } from "../oci/mod.ts";
import { errorCode, TestRegistry } from "./testing/test-registry.ts";

const content = Uint8Array.from({ length: 2048 }, (_, index) => index % 251);
const digest = digestOf(content);

describe.each(["memory", "file system"])("blobs of a registry in %s", (kind) => {
  let root: string;
  let registry: TestRegistry;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "kasane-registry-"));
    registry = new TestRegistry(kind === "memory" ? {} : { blobs: openFileSystemBlobs(root) });
    await registry.putBlob("a/b", content);
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  test("GET has the bytes and exact headers", async () => {
    const response = await registry.send("GET", `/v2/a/b/blobs/${digest}`);
    expect(response.status).toBe(200);
    expect(await response.bytes()).toEqual(content);
    expect(response.headers.get("docker-content-digest")).toBe(digest);
    expect(response.headers.get("content-length")).toBe("2048");
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(response.headers.get("docker-distribution-api-version")).toBe("registry/2.0");
  });

  test("HEAD has the headers alone", async () => {
    const response = await registry.send("HEAD", `/v2/a/b/blobs/${digest}`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
    expect(response.headers.get("content-length")).toBe("2048");
    expect(response.headers.get("docker-content-digest")).toBe(digest);
  });

  test.each([
    ["bytes=500-1499", 500, 1500],
    ["bytes=500-", 500, 2048],
    ["bytes=-500", 1548, 2048],
    ["bytes=2000-5000", 2000, 2048],
  ])("GET with Range %s has a part", async (range, start, end) => {
    const response = await registry.send("GET", `/v2/a/b/blobs/${digest}`, { headers: { range } });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/2048`);
    expect(response.headers.get("content-length")).toBe(String(end - start));
    expect(await response.bytes()).toEqual(content.subarray(start, end));
  });

  test.each(["bytes=500-0", "bytes=5000-10000"])("GET with Range %s is 416", async (range) => {
    const response = await registry.send("GET", `/v2/a/b/blobs/${digest}`, { headers: { range } });
    expect(response.status).toBe(416);
    expect(response.headers.get("content-range")).toBe("bytes */2048");
  });

  test("GET with a Range for another version of the content has everything", async () => {
    const headers = { range: "bytes=0-1", "if-range": '"another"' };
    expect((await registry.send("GET", `/v2/a/b/blobs/${digest}`, { headers })).status).toBe(200);
  });

  test("GET with the blob's ETag is 304", async () => {
    const headers = { "if-none-match": `"${digest}"` };
    expect((await registry.send("GET", `/v2/a/b/blobs/${digest}`, { headers })).status).toBe(304);
  });

  test("an empty blob is a blob", async () => {
    const empty = await registry.putBlob("a/b", "");
    const response = await registry.send("GET", `/v2/a/b/blobs/${empty}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe("0");
    expect((await response.bytes()).length).toBe(0);
  });

  test("a sha512 blob is found under its sha512 digest", async () => {
    const long = await registry.putBlob("a/b", "long", "sha512");
    const response = await registry.send("GET", `/v2/a/b/blobs/${long}`);
    expect(await response.text()).toBe("long");
    expect(response.headers.get("docker-content-digest")).toBe(long);
  });

  test("a blob is only in the repositories it was pushed to", async () => {
    const response = await registry.send("GET", `/v2/other/blobs/${digest}`);
    expect(response.status).toBe(404);
    expect(await errorCode(response)).toBe("BLOB_UNKNOWN");
  });

  test.each([
    "sha256:00",
    "md5:00",
    "x",
    "sha256:../../../../etc/passwd",
    `sha256:${"A".repeat(64)}`,
  ])("GET of %s is refused", async (text) => {
    const response = await registry.send("GET", `/v2/a/b/blobs/${encodeURIComponent(text)}`);
    expect([400, 404]).toContain(response.status);
    expect(await errorCode(response)).toMatch(/DIGEST_INVALID|NAME_INVALID|UNSUPPORTED/);
  });

  test("DELETE takes the blob from one repository, at once", async () => {
    const gone = await registry.putBlob("a/b", "gone");
    await registry.putBlob("c", "gone");
    expect((await registry.send("DELETE", `/v2/a/b/blobs/${gone}`)).status).toBe(202);
    expect((await registry.send("HEAD", `/v2/a/b/blobs/${gone}`)).status).toBe(404);
    expect((await registry.send("DELETE", `/v2/a/b/blobs/${gone}`)).status).toBe(404);
    expect((await registry.send("HEAD", `/v2/c/blobs/${gone}`)).status).toBe(200);
  });
});
