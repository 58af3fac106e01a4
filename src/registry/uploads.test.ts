import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { openFileSystemBlobs } from "../blob/mod.ts";
import { openSqliteMeta } from "../meta/mod.ts";
import { digestOf } from "../oci/mod.ts";
import { errorCode, TestRegistry } from "./testing/test-registry.ts";

const content = new TextEncoder().encode("hello, registry");
const digest = digestOf(content);
const wrong = digestOf("something else");

let registry: TestRegistry;
beforeEach(() => {
  registry = new TestRegistry();
});

const put = (
  location: string,
  asked: string,
  init: { headers?: Record<string, string>; body?: NonNullable<RequestInit["body"]> } = {},
) => registry.send("PUT", `${location}?digest=${asked}`, init);
const has = async (asked = digest) => (await registry.send("HEAD", `/v2/a/blobs/${asked}`)).status === 200;

describe("POST", () => {
  test("opens an upload at a relative location that has its state in the path", async () => {
    const response = await registry.send("POST", "/v2/a/blobs/uploads/");
    expect(response.status).toBe(202);
    expect(response.headers.get("location")).toMatch(/^\/v2\/a\/blobs\/uploads\/[0-9a-f-]{36}$/);
    expect(response.headers.get("range")).toBe("0-0");
  });

  test("with a digest takes the whole blob", async () => {
    const response = await registry.send("POST", `/v2/a/blobs/uploads/?digest=${digest}`, { body: content });
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe(`/v2/a/blobs/${digest}`);
    expect(response.headers.get("docker-content-digest")).toBe(digest);
    expect(await has()).toBe(true);
  });

  test.each(["sha1", "sha256:x", "../x"])("refuses the algorithm %s", async (name) => {
    const response = await registry.send("POST", `/v2/a/blobs/uploads/?digest-algorithm=${name}`);
    expect(response.status).toBe(400);
  });

  test("with digest-algorithm takes a sha512 blob", async () => {
    const location = await registry.begin("a", "?digest-algorithm=sha512");
    const long = digestOf(content, "sha512");
    const response = await put(location, long, { body: content });
    expect(response.status).toBe(201);
    expect(response.headers.get("docker-content-digest")).toBe(long);
    expect(await has(long)).toBe(true);
  });
});

describe("mount", () => {
  test("from a repository that has the blob", async () => {
    await registry.putBlob("b", content);
    const response = await registry.send("POST", `/v2/a/blobs/uploads/?mount=${digest}&from=b`);
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe(`/v2/a/blobs/${digest}`);
    expect(await has()).toBe(true);
  });

  test("from anywhere", async () => {
    await registry.putBlob("b", content);
    expect((await registry.send("POST", `/v2/a/blobs/uploads/?mount=${digest}`)).status).toBe(201);
  });

  test.each([
    `mount=${digest}&from=b`,
    `mount=${digest}`,
    `mount=${digest}&from=..%2F..`,
  ])("of what is not there opens an upload (%s)", async (query) => {
    const location = await registry.begin("a", `?${query}`);
    expect((await put(location, digest, { body: content })).status).toBe(201);
  });

  test("does not find a blob in a repository that does not have it", async () => {
    await registry.putBlob("c", content);
    await registry.putBlob("b", "other");
    expect((await registry.send("POST", `/v2/a/blobs/uploads/?mount=${digest}&from=b`)).status).toBe(202);
    expect(await has()).toBe(false);
  });

  test("of a digest that is none is 400", async () => {
    expect((await registry.send("POST", "/v2/a/blobs/uploads/?mount=x&from=b")).status).toBe(400);
  });
});

describe("PATCH and PUT", () => {
  test("take a blob in chunks, the last one in the PUT", async () => {
    const location = await registry.begin("a");
    const first = await registry.send("PATCH", location, {
      headers: { "content-range": "0-4" },
      body: content.slice(0, 5),
    });
    expect(first.status).toBe(202);
    expect(first.headers.get("range")).toBe("0-4");
    const last = await put(location, digest, {
      headers: { "content-range": `5-${content.length - 1}` },
      body: content.slice(5),
    });
    expect(last.status).toBe(201);
    expect(await has()).toBe(true);
    expect((await registry.send("GET", location)).status).toBe(404);
  });

  test("take a stream without a length", async () => {
    const location = await registry.begin("a");
    const stream = new ReadableStream({
      start(controller) {
        for (const byte of content) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect((await registry.send("PATCH", location, { body: stream })).headers.get("range")).toBe("0-14");
    expect((await put(location, digest)).status).toBe(201);
  });

  test("refuse a chunk out of order with 416, and go on afterwards", async () => {
    const location = await registry.begin("a");
    for (const method of ["PATCH", "PUT"]) {
      const target = method === "PUT" ? `${location}?digest=${digest}` : location;
      const early = await registry.send(method, target, {
        headers: { "content-range": "5-9" },
        body: content.slice(5, 10),
      });
      expect(early.status).toBe(416);
      expect(early.headers.get("location")).toBe(location);
      expect(early.headers.get("range")).toBe("0-0");
      // A client asks at the URL it just used, digest included.
      const state = await registry.send("GET", target);
      expect(state.status).toBe(204);
      expect(state.headers.get("range")).toBe("0-0");
      expect(state.headers.get("location")).toBe(location);
    }
    await registry.send("PATCH", location, {
      headers: { "content-range": "0-4" },
      body: content.slice(0, 5),
    });
    const again = await registry.send("PATCH", location, {
      headers: { "content-range": "0-4" },
      body: content.slice(0, 5),
    });
    expect(again.status).toBe(416);
    expect(again.headers.get("range")).toBe("0-4");
    await registry.send("PATCH", location, { headers: { "content-range": "5-14" }, body: content.slice(5) });
    expect((await put(location, digest)).status).toBe(201);
  });

  test.each([
    ["9-0", 400],
    ["x", 400],
    ["0-99", 400],
  ])("refuse the Content-Range %s", async (range, status) => {
    const location = await registry.begin("a");
    const headers = { "content-range": range, "content-length": String(content.length) };
    expect((await registry.send("PATCH", location, { headers, body: content })).status).toBe(status);
    expect((await registry.send("GET", location)).headers.get("range")).toBe("0-0");
  });

  test("refuse a PUT without a digest, and keep the upload", async () => {
    const location = await registry.begin("a");
    for (const query of ["", "?digest=x", "?digest=sha256:00", "?digest=md5:00"]) {
      const response = await registry.send("PUT", location + query, { body: content });
      expect(response.status).toBe(400);
      expect(await errorCode(response)).toBe("DIGEST_INVALID");
    }
    expect((await put(location, digest, { body: content })).status).toBe(201);
  });

  test("hash a sha512 blob whose upload did not say so", async () => {
    const location = await registry.begin("a");
    await registry.send("PATCH", location, { body: content });
    const long = digestOf(content, "sha512");
    expect((await put(location, long)).headers.get("docker-content-digest")).toBe(long);
  });
});

describe("a wrong digest", () => {
  test.each([
    ["POST", async () => registry.send("POST", `/v2/a/blobs/uploads/?digest=${wrong}`, { body: content })],
    ["POST and PUT", async () => put(await registry.begin("a"), wrong, { body: content })],
    [
      "PATCH and PUT",
      async () => {
        const location = await registry.begin("a");
        await registry.send("PATCH", location, { body: content });
        return put(location, wrong);
      },
    ],
    [
      "PATCH and PUT with a chunk",
      async () => {
        const location = await registry.begin("a");
        await registry.send("PATCH", location, { body: content.slice(0, 5) });
        return put(location, wrong, { body: content.slice(5) });
      },
    ],
    ["sha512", async () => put(await registry.begin("a"), digestOf("x", "sha512"), { body: content })],
  ])("is refused by %s and leaves nothing", async (_, push) => {
    const response = await push();
    expect(response.status).toBe(400);
    expect(await errorCode(response)).toBe("DIGEST_INVALID");
    expect(await has()).toBe(false);
    expect(await has(wrong)).toBe(false);
    expect(await Array.fromAsync(registry.blobs.list())).toEqual([]);
    expect(await Array.fromAsync(registry.blobs.listUploads())).toEqual([]);
    expect((await registry.send("GET", "/v2/a/tags/list")).status).toBe(404);
  });
});

describe("an upload", () => {
  test("is cancelled by DELETE", async () => {
    const location = await registry.begin("a");
    await registry.send("PATCH", location, { body: content });
    expect((await registry.send("DELETE", location)).status).toBe(204);
    expect((await registry.send("GET", location)).status).toBe(404);
    expect((await registry.send("PATCH", location, { body: content })).status).toBe(404);
    expect((await registry.send("DELETE", location)).status).toBe(404);
    expect(await Array.fromAsync(registry.blobs.listUploads())).toEqual([]);
  });

  test("belongs to the repository it was opened in", async () => {
    const location = (await registry.begin("a")).replace("/v2/a/", "/v2/b/");
    for (const method of ["GET", "PATCH", "PUT", "DELETE"]) {
      const response = await registry.send(
        method,
        `${location}?digest=${digest}`,
        method === "GET" ? {} : { body: content },
      );
      expect(response.status).toBe(404);
      expect(await errorCode(response)).toBe("BLOB_UPLOAD_UNKNOWN");
    }
  });

  test.each([
    "x",
    "..%2F..%2Fmeta.db",
    "00000000-0000-0000-0000-000000000000",
    "%00",
    "a".repeat(500),
  ])("that was never opened is unknown: %s", async (id) => {
    const response = await registry.send("PATCH", `/v2/a/blobs/uploads/${id}`, { body: content });
    expect([400, 404]).toContain(response.status);
    expect(registry.failures).toEqual([]);
  });

  test("says how far it is while a request is sending to it, and takes the next request when that one ends", async () => {
    const location = await registry.begin("a");
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const sending = registry.send("PATCH", location, { body: readable });
    await writer.write(content.slice(0, 5));
    let range: string | null = null;
    while (range !== "0-4") range = (await registry.send("GET", location)).headers.get("range");
    const next = put(location, digest, { headers: { "content-range": "5-14" }, body: content.slice(5) });
    await writer.close();
    expect((await sending).status).toBe(202);
    expect((await next).status).toBe(201);
  });

  test("keeps what came before a connection broke", async () => {
    const location = await registry.begin("a");
    let sent = false;
    const broken = new ReadableStream({
      pull(controller) {
        if (sent) controller.error(new Error("the client went away"));
        else controller.enqueue(content.slice(0, 5));
        sent = true;
      },
    });
    await registry.send("PATCH", location, { body: broken });
    expect((await registry.send("GET", location)).headers.get("range")).toBe("0-4");
    const rest = { headers: { "content-range": "5-14" }, body: content.slice(5) };
    expect((await put(location, digest, rest)).status).toBe(201);
  });
});

describe("a registry on disk", () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "kasane-uploads-"));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  test("goes on with an upload after a restart, and serves what it had", async () => {
    const open = () =>
      new TestRegistry({ blobs: openFileSystemBlobs(root), meta: openSqliteMeta(join(root, "meta.db")) });
    registry = open();
    const location = await registry.begin("a");
    await registry.send("PATCH", location, { body: content.slice(0, 5) });
    await registry.meta.close();
    registry = open();
    expect((await registry.send("GET", location)).headers.get("range")).toBe("0-4");
    expect((await put(location, digest, { body: content.slice(5) })).status).toBe(201);
    await registry.meta.close();
    registry = open();
    expect(await (await registry.send("GET", `/v2/a/blobs/${digest}`)).bytes()).toEqual(content);
    await registry.meta.close();
  });
});

test("any way of cutting a blob into chunks gives the same blob", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 0, maxLength: 200 }),
      fc.array(fc.nat({ max: 200 }), { maxLength: 5 }),
      fc.boolean(),
      async (bytes, cuts, endsWithPut) => {
        const whole = new Uint8Array(bytes);
        const ends = [...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const location = await registry.begin("a");
        let at = 0;
        for (const end of endsWithPut ? ends.slice(0, -1) : ends) {
          const headers = end > at ? { "content-range": `${at}-${end - 1}` } : {};
          const response = await registry.send("PATCH", location, { headers, body: whole.slice(at, end) });
          expect(response.headers.get("range")).toBe(`0-${Math.max(0, end - 1)}`);
          at = end;
        }
        expect((await put(location, digestOf(whole), { body: whole.slice(at) })).status).toBe(201);
        const got = await registry.send("GET", `/v2/a/blobs/${digestOf(whole)}`);
        expect(await got.bytes()).toEqual(whole);
      },
    ),
    { numRuns: 30 },
  );
});
