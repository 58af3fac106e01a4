import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileSystemBlobs, openMemoryBlobs } from "../blob/mod.ts";
import { createRegistryClient } from "../distribution/mod.ts";
import { toByteStream } from "../lib/mod.ts";
import { openSqliteMeta } from "../meta/mod.ts";
import { digestOf, mediaTypes } from "../oci/mod.ts";
import { type RunningServer, startServer } from "./start-server.ts";
import { exchangeRaw } from "./testing/raw-exchange.ts";

let root: string;
let server: RunningServer;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "kasane-server-"));
  const store = { blobs: openFileSystemBlobs(root), meta: openSqliteMeta(join(root, "meta.db")) };
  server = await startServer({ store, address: "127.0.0.1:0" });
});
afterAll(async () => {
  await server.stop();
  await rm(root, { recursive: true, force: true });
});

const memoryStore = () => ({ blobs: openMemoryBlobs(), meta: openSqliteMeta(":memory:") });

test("an image goes in and comes out over real sockets", async () => {
  const client = createRegistryClient({ host: server.host });
  const layer = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 31) % 251);
  const config = new TextEncoder().encode("{}");
  const describe = (mediaType: string, bytes: Uint8Array) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  for (const bytes of [layer, config]) {
    const descriptor = describe("x/y", bytes);
    const open = async (offset = 0) => toByteStream([bytes.subarray(offset)]);
    expect(await client.pushBlob("a/b", descriptor, open)).toBe("copied");
    expect(await client.pushBlob("a/b", descriptor, open)).toBe("exists");
    expect(await client.pushBlob("c", descriptor, open, { mountFrom: ["a/b"] })).toBe("mounted");
  }
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: describe(mediaTypes.ociConfig, config),
    layers: [describe(mediaTypes.ociLayer, layer)],
  };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  const raw = { digest: digestOf(bytes), mediaType: mediaTypes.ociManifest, bytes };
  await client.putManifest("a/b", "v1", raw);
  expect(await client.getManifest("a/b", "v1")).toEqual(raw);
  const pulled = await new Response(await client.getBlob("c", describe("x/y", layer))).bytes();
  expect(digestOf(pulled)).toBe(digestOf(layer));
  const tail = await new Response(
    await client.getBlob("c", describe("x/y", layer), { offset: 2_999_990 }),
  ).bytes();
  expect(tail).toEqual(layer.slice(2_999_990));
});

test("HEAD has the length of what GET has", async () => {
  const digest = digestOf("{}");
  const response = await fetch(`${server.url}/v2/a/b/blobs/${digest}`, { method: "HEAD" });
  expect(response.headers.get("content-length")).toBe("2");
});

test.each([
  [
    "a path that climbs",
    "GET /v2/../../../../etc/passwd/tags/list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "40",
  ],
  [
    "an encoded path that climbs",
    "GET /v2/%2e%2e/%2e%2e/blobs/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "40",
  ],
  ["a Host that is none", "GET /v2/ HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n", "200"],
  ["no Host", "GET /v2/ HTTP/1.0\r\n\r\n", "200"],
  ["a method nobody knows", "BREW /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "40"],
])("the server stands %s", async (_, request, status) => {
  expect(await exchangeRaw(server.port, request)).toMatch(new RegExp(`^HTTP/1.1 ${status}|^$`));
  expect((await fetch(`${server.url}/v2/`)).status).toBe(200);
});

test("an upload whose client goes away keeps its bytes", async () => {
  const opened = await fetch(`${server.url}/v2/a/b/blobs/uploads/`, { method: "POST" });
  const location = opened.headers.get("location")!;
  const arrived = async () => {
    for (let tries = 0; tries < 1000; tries++) {
      const range = (await fetch(server.url + location)).headers.get("range");
      if (range === "0-4") return range;
    }
    return undefined;
  };
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(`PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhello`);
  expect(await arrived()).toBe("0-4");
  socket.destroy();
  const done = await fetch(`${server.url}${location}?digest=${digestOf("hello")}`, { method: "PUT" });
  expect(done.status).toBe(201);
});

test("a body larger than Bun's own limit of 128 MiB is a question for the registry", async () => {
  const response = await exchangeRaw(
    server.port,
    `PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${2 ** 31}\r\n\r\n{}`,
  );
  expect(response).toMatch(/^HTTP\/1.1 413/);
  expect(response).toContain("a manifest may have");
});

test("an address that is in use, or that is not this machine's, is an error with a hint", async () => {
  const again = startServer({ store: memoryStore(), address: server.host });
  await expect(again).rejects.toMatchObject({ code: "io", hint: expect.stringContaining("another port") });
  await expect(startServer({ store: memoryStore(), address: "192.0.2.1:5000" })).rejects.toMatchObject({
    message: "cannot listen on 192.0.2.1:5000: this machine does not have that address",
    hint: expect.stringContaining("0.0.0.0"),
  });
});

test("plain HTTP that others can reach is warned of, loopback is not", async () => {
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  await (await startServer({ store: memoryStore(), address: "127.0.0.1:0", onWarning })).stop();
  expect(warnings).toEqual([]);
  await (await startServer({ store: memoryStore(), address: "0.0.0.0:0", onWarning })).stop();
  expect(warnings).toEqual([expect.stringContaining("plain HTTP on 0.0.0.0")]);
});

test("stop() lets a request under way finish, takes no more, and can be called twice", async () => {
  const store = memoryStore();
  const running = await startServer({ store, address: "127.0.0.1:0" });
  const opened = await fetch(`${running.url}/v2/a/blobs/uploads/`, { method: "POST" });
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const digest = digestOf("hello");
  const sending = fetch(`${running.url}${opened.headers.get("location")}?digest=${digest}`, {
    method: "PUT",
    body: readable,
  });
  await writer.write(new TextEncoder().encode("hel"));
  while ((await Array.fromAsync(store.blobs.listUploads()))[0]?.sizeBytes !== 3) await Bun.sleep(1);
  const stopped = running.stop();
  await writer.write(new TextEncoder().encode("lo"));
  await writer.close();
  expect((await sending).status).toBe(201);
  await stopped;
  await running.stop();
  await expect(fetch(`${running.url}/v2/`)).rejects.toThrow();
});

test("stop() does not wait for ever", async () => {
  const running = await startServer({ store: memoryStore(), address: "127.0.0.1:0", graceMs: 20 });
  const opened = await fetch(`${running.url}/v2/a/blobs/uploads/`, { method: "POST" });
  const endless = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(1)),
  });
  const sending = fetch(`${running.url}${opened.headers.get("location")}`, {
    method: "PATCH",
    body: endless,
  }).catch(() => "broken off");
  await running.stop();
  expect(await sending).toBe("broken off");
});
