import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isKasaneError } from "../lib/mod.ts";
import { type Digest, digestOf } from "../oci/mod.ts";
import type { BlobStore, BlobUpload } from "./blob-store.ts";
import { openFileSystemBlobs } from "./file-system-blobs.ts";
import { openMemoryBlobs } from "./memory-blobs.ts";

const noise = (length: number) => {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
};
const inPieces = (bytes: Uint8Array, size = 50_000) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
const sizes = [0, 1, 5000, 131_072, 131_073, 600_000, 1_048_577, 5_000_000];

describe.each(["memory", "file system"])("receive() into the store in %s", (kind) => {
  let root: string;
  let store: BlobStore;
  let handle: (upload: BlobUpload, request: Request) => Promise<Response>;
  let server: Bun.Server<undefined>;
  /** The upload that a request without more is for. */
  let current: BlobUpload;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "kasane-receive-"));
    store = kind === "memory" ? openMemoryBlobs() : openFileSystemBlobs(root);
    server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => handle(current, request) });
  });
  afterAll(async () => {
    await server.stop(true);
    await rm(root, { recursive: true });
  });
  const read = async (digest: Digest) => new Uint8Array(await new Response(await store.open(digest)).bytes());

  test.each(sizes)("takes %d bytes from the network, with and without a length", async (size) => {
    handle = async (upload, request) => {
      await upload.receive(request);
      return new Response(String(upload.offset));
    };
    for (const isLengthTold of [true, false]) {
      const bytes = noise(size);
      current = await store.begin();
      const body = isLengthTold ? bytes : inPieces(bytes);
      const answer = await fetch(server.url, { method: "PUT", body });
      expect(await answer.text()).toBe(String(size));
      await current.commit(digestOf(bytes));
      expect(Buffer.compare(await read(digestOf(bytes)), bytes)).toBe(0);
    }
  });

  test.each(sizes)("takes %d bytes that are here already, after others, and before others", async (size) => {
    const [first, second, third] = [noise(70_000), noise(size), noise(300_000)] as const;
    const upload = await store.begin();
    await upload.receive(new Response(inPieces(first)));
    await upload.receive(new Request("http://x/", { method: "PUT", body: second }));
    await upload.suspend();
    const resumed = (await store.resume(upload.id))!;
    expect(resumed.offset).toBe(first.length + second.length);
    await resumed.write(third);
    const whole = Buffer.concat([first, second, third]);
    await resumed.commit(digestOf(whole));
    expect(Buffer.compare(await read(digestOf(whole)), whole)).toBe(0);
  });

  test("refuses the wrong digest of a large body, and knows the right one", async () => {
    const bytes = noise(6_000_000);
    const wrong = await store.begin();
    await wrong.receive(new Response(bytes));
    const failure = await wrong.commit(digestOf("other")).catch((error) => error);
    expect(isKasaneError(failure, "digest-mismatch")).toBe(true);
    expect(await Array.fromAsync(store.listUploads())).toEqual([]);
    const sha512 = await store.begin();
    await sha512.receive(new Response(bytes));
    await sha512.commit(digestOf(bytes, "sha512"));
    expect((await store.stat(digestOf(bytes, "sha512")))?.sizeBytes).toBe(bytes.length);
  });

  test("keeps what has come when the client goes away", async () => {
    const ended = Promise.withResolvers<unknown>();
    handle = (upload, request) =>
      upload.receive(request).then(
        () => new Response(),
        (error) => {
          ended.resolve(error);
          return new Response();
        },
      );
    current = await store.begin();
    const bytes = noise(3_000_000);
    const client = await Bun.connect({ hostname: "127.0.0.1", port: server.port!, socket: { data() {} } });
    client.write("PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n");
    const sent = client.write(bytes);
    while (current.offset < sent) await Bun.sleep(1);
    client.terminate();
    expect(await ended.promise).toBeDefined();
    expect(current.offset).toBe(sent);
    await current.suspend();
    const resumed = (await store.resume(current.id))!;
    await resumed.write(bytes.subarray(sent));
    expect((await resumed.commit(digestOf(bytes))).sizeBytes).toBe(bytes.length);
  });

  test("ends at a signal while the client says nothing, and what that one sends later reaches nobody", async () => {
    const stop = new AbortController();
    const ended = Promise.withResolvers<unknown>();
    const answer = Promise.withResolvers<Response>();
    handle = (upload, request) => {
      upload.receive(request, { signal: stop.signal }).catch(ended.resolve);
      return answer.promise;
    };
    current = await store.begin();
    const bytes = noise(1_000_000);
    const client = await Bun.connect({ hostname: "127.0.0.1", port: server.port!, socket: { data() {} } });
    client.write("PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n");
    const sent = client.write(bytes);
    while (current.offset < sent) await Bun.sleep(1);
    stop.abort(new Error("another one has come"));
    expect(String(await ended.promise)).toContain("another one has come");
    expect(current.offset).toBe(sent);
    client.write(noise(100_000));
    await current.suspend();
    const resumed = (await store.resume(current.id))!;
    await Bun.sleep(20);
    expect(resumed.offset).toBe(sent);
    await resumed.write(bytes.subarray(sent));
    expect((await resumed.commit(digestOf(bytes))).sizeBytes).toBe(bytes.length);
    answer.resolve(new Response(null, { headers: { connection: "close" } }));
    client.terminate();
    if (kind === "file system") expect(await readdir(join(root, "uploads"))).toEqual([]);
  });

  test("ends with abort(), which leaves nothing", async () => {
    const ended = Promise.withResolvers<unknown>();
    handle = (upload, request) =>
      upload.receive(request).then(
        () => new Response(),
        (error) => {
          ended.resolve(error);
          return new Response("no", { status: 413, headers: { connection: "close" } });
        },
      );
    current = await store.begin();
    const client = await Bun.connect({ hostname: "127.0.0.1", port: server.port!, socket: { data() {} } });
    client.write("PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n");
    const sent = client.write(noise(1_000_000));
    while (current.offset < sent) await Bun.sleep(1);
    await current.abort();
    // In memory it notices with the next bytes.
    client.write(noise(100_000));
    expect(await ended.promise).toBeDefined();
    expect(await Array.fromAsync(store.listUploads())).toEqual([]);
    client.terminate();
  });
});
