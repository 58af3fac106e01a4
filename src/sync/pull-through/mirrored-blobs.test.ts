import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileSystemBlobs } from "../../blob/mod.ts";
import { openSqliteMeta } from "../../meta/mod.ts";
import { type Digest, digestOf } from "../../oci/mod.ts";
import { MirrorFixture, upstreamConfig } from "./testing/mirror-fixture.ts";

const layer = crypto.getRandomValues(new Uint8Array(65536));
const big = new Uint8Array(Buffer.concat(Array.from({ length: 48 }, () => layer)));

/** A body that gives its parts when it is told to. */
class Tap {
  readonly body: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  constructor() {
    this.body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
    });
  }
  give(part: Uint8Array): void {
    this.#controller.enqueue(part);
  }
  end(): void {
    this.#controller.close();
  }
  break(): void {
    this.#controller.error(new Error("connection reset"));
  }
}

/** A mirror that has the manifest of an image with `content` as its layer, and nothing else yet. */
async function withImage(
  content: Uint8Array<ArrayBuffer>,
  options: ConstructorParameters<typeof MirrorFixture>[0] = {},
) {
  const at = new MirrorFixture(options);
  const pushed = await at.push("x", "v1", content);
  expect((await at.get("/v2/hub/x/manifests/v1")).status).toBe(200);
  at.lines();
  const path = `/v2/hub/x/blobs/${pushed.layer}`;
  return { at, digest: pushed.layer, path, [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() };
}

/** Answers GETs of the blob with a tap. */
function tapped(at: MirrorFixture, digest: Digest): Tap {
  const tap = new Tap();
  at.intercept = (request, path) =>
    path.endsWith(digest) && request.method === "GET" ? new Response(tap.body) : undefined;
  return tap;
}

async function readSome(reader: { read(): Promise<{ value?: Uint8Array | undefined }> }, length: number) {
  const parts: Uint8Array[] = [];
  for (let size = 0; size < length; ) {
    const { value } = await reader.read();
    if (value === undefined) throw new Error("the stream ended");
    parts.push(value);
    size += value.length;
  }
  return Buffer.concat(parts);
}

const isHere = (at: MirrorFixture, digest: Digest) =>
  at.blobs.stat(digest).then((info) => info !== undefined);

describe("a blob", () => {
  test("reaches the client while it arrives, and the last byte when it is known to be right", async () => {
    await using image = await withImage(big);
    const { at, digest, path } = image;
    const tap = tapped(at, digest);
    const answering = at.get(path);
    tap.give(big.subarray(0, 100));
    const response = await answering;
    expect(response.status).toBe(200);
    const reader = response.body!.getReader();
    expect(await readSome(reader, 100)).toEqual(Buffer.from(big.subarray(0, 100)));
    tap.give(big.subarray(100, 1_000_000));
    expect(await readSome(reader, 999_900)).toEqual(Buffer.from(big.subarray(100, 1_000_000)));
    tap.give(big.subarray(1_000_000));
    expect((await readSome(reader, big.length - 1_000_001)).length).toBe(big.length - 1_000_001);
    expect(await isHere(at, digest)).toBe(false);
    tap.end();
    expect((await readSome(reader, 1)).length).toBe(1);
    expect((await reader.read()).done).toBe(true);
    expect(await isHere(at, digest)).toBe(true);
    expect((await (await at.get(path)).bytes()).length).toBe(big.length);
    expect(at.lines()).toEqual([`GET /v2/x/blobs/${digest}`]);
    expect(at.pullThrough.status()[0]).toMatchObject({ bytes: big.length, downloads: 0 });
  });

  test("is downloaded once for fifty clients and for their ranges", async () => {
    await using image = await withImage(big);
    const { at, digest, path } = image;
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const start = index % 5 === 0 ? index * 1000 : 0;
        const response = await at.get(path, start > 0 ? { range: `bytes=${start}-${start + 70_000}` } : {});
        expect(response.status).toBe(start > 0 ? 206 : 200);
        const expected = start > 0 ? big.subarray(start, start + 70_001) : big;
        return digestOf(await response.bytes()) === digestOf(expected);
      }),
    );
    expect(answers.every(Boolean)).toBe(true);
    expect(at.lines()).toEqual([`GET /v2/x/blobs/${digest}`]);
  });

  test("is not held up by a client that does not read, nor by one that leaves", async () => {
    await using image = await withImage(big);
    const { at, digest, path } = image;
    const tap = tapped(at, digest);
    const asked = [at.get(path), at.get(path), at.get(path)];
    tap.give(big.subarray(0, 10));
    const [idle, leaving, reading] = await Promise.all(asked);
    const gone = leaving!.body!.getReader();
    await gone.read();
    await gone.cancel();
    tap.give(big.subarray(10));
    tap.end();
    expect(digestOf(await reading!.bytes())).toBe(digest);
    expect(await isHere(at, digest)).toBe(true);
    expect(digestOf(await idle!.bytes())).toBe(digest);
  });

  test("is kept although every client has left", async () => {
    await using image = await withImage(big);
    const { at, digest, path } = image;
    const tap = tapped(at, digest);
    const asked = at.get(path);
    tap.give(big.subarray(0, 10));
    await (await asked).body!.cancel();
    tap.give(big.subarray(10));
    tap.end();
    while (at.pullThrough.status()[0]!.downloads > 0) await Bun.sleep(1);
    expect(await isHere(at, digest)).toBe(true);
  });

  test("goes on by Range where the connection breaks, without a client noticing", async () => {
    await using image = await withImage(big);
    const { at, digest, path } = image;
    let tries = 0;
    at.intercept = (request, where) => {
      if (!where.endsWith(digest) || tries++ > 0) return undefined;
      expect(request.headers.get("range")).toBeNull();
      const tap = new Tap();
      tap.give(big.subarray(0, 1_000_000));
      setTimeout(() => tap.break(), 5);
      return new Response(tap.body);
    };
    expect(digestOf(await (await at.get(path)).bytes())).toBe(digest);
    expect(at.seen.map(({ headers }) => headers.get("range"))).toEqual([null, "bytes=1000000-"]);
  });

  test("that is in the store already is linked, not downloaded; but only where the repository has it", async () => {
    await using image = await withImage(big);
    const { at, digest, path } = image;
    await at.put(at.handle, "own", big);
    expect(digestOf(await (await at.get(path)).bytes())).toBe(digest);
    expect(at.lines()).toEqual([]);
    const secret = await at.put(at.handle, "own", "secret");
    expect((await at.get(`/v2/hub/x/blobs/${secret}`)).status).toBe(404);
    expect(at.lines()).toEqual([`HEAD /v2/x/blobs/${secret}`]);
  });

  test("of no manifest here is asked for by HEAD first; HEAD downloads nothing", async () => {
    await using at = new MirrorFixture();
    const digest = await at.put(at.upstream, "x", "hello");
    const path = `/v2/hub/x/blobs/${digest}`;
    const head = await at.get(path, {}, "HEAD");
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "5"]);
    expect(at.lines()).toEqual([`HEAD /v2/x/blobs/${digest}`]);
    expect(await (await at.get(path)).text()).toBe("hello");
    expect(at.lines()).toEqual([`HEAD /v2/x/blobs/${digest}`, `GET /v2/x/blobs/${digest}`]);
    expect((await at.get(`/v2/hub/x/blobs/${digestOf("absent")}`)).status).toBe(404);
  });

  test("is linked in every repository that waited for it", async () => {
    await using image = await withImage(big);
    const { at, digest, path } = image;
    await at.push("y", "v1", big);
    await at.get("/v2/hub/y/manifests/v1");
    at.lines();
    const paths = [path, `/v2/hub/y/blobs/${digest}`];
    await Promise.all(paths.map(async (each) => (await at.get(each)).bytes()));
    expect(await at.meta.repositories.repositoriesWithBlob(digest, { limit: 9 })).toEqual(["hub/x", "hub/y"]);
    expect(at.lines().length).toBe(1);
  });

  test.each([0, 1, 2])("of %d bytes arrives", async (size) => {
    await using image = await withImage(layer.slice(0, size));
    const response = await image.at.get(image.path);
    expect((await response.bytes()).length).toBe(size);
    await image.at.get(image.path);
  });
});

describe("a wrong blob", () => {
  const wrong = big.slice();
  wrong[wrong.length - 1]! ^= 1;
  test.each([
    ["wrong bytes", wrong],
    ["more bytes", new Uint8Array([...big.subarray(0), 1])],
    ["wrong bytes and no more", wrong.subarray(0, 5)],
    ["nothing", new Uint8Array(0)],
  ])("with %s ends every client with an error, and nothing is kept", async (_, content) => {
    await using image = await withImage(big);
    const { at, digest, path } = image;
    at.intercept = (request, where) => {
      if (!where.endsWith(digest)) return undefined;
      const start = Number(/\d+/.exec(request.headers.get("range") ?? "0")?.[0]);
      if (start >= content.length && start > 0) return new Response(null, { status: 416 });
      return new Response(content.slice(start), { status: start > 0 ? 206 : 200 });
    };
    const ends = await Promise.all(
      [{}, { range: "bytes=100-" }].map(async (headers) => {
        const response = await at.get(path, headers);
        return response.bytes().then(
          () => "complete",
          () => "broken",
        );
      }),
    );
    expect(ends).toEqual(["broken", "broken"]);
    expect(await isHere(at, digest)).toBe(false);
    expect(await at.meta.repositories.hasBlob("hub/x", digest)).toBeUndefined();
    // With the right bytes it is there at the next try, whatever was received before.
    at.intercept = undefined;
    at.nowMs += 10_000;
    const again = await (await at.get(path)).bytes().catch(() => undefined);
    if (again === undefined) expect(digestOf(await (await at.get(path)).bytes())).toBe(digest);
    expect(await isHere(at, digest)).toBe(true);
  });

  test("is not downloaded again by everybody who tries again", async () => {
    await using image = await withImage(big);
    const { at, digest, path } = image;
    at.intercept = (_, where) => (where.endsWith(digest) ? new Response(wrong) : undefined);
    await (await at.get(path)).bytes().catch(() => {});
    const again = await at.get(path);
    expect(again.status).toBe(502);
    expect(await again.text()).toContain("upstream hub");
    expect(at.lines().length).toBe(1);
    expect(at.warnings).toEqual([expect.stringContaining("could not be kept")]);
  });

  test("that never ends is cut off at its size", async () => {
    await using image = await withImage(big);
    const { at, digest, path } = image;
    let given = 0;
    at.intercept = (_, where) =>
      where.endsWith(digest)
        ? new Response(
            new ReadableStream({
              pull(controller) {
                given += layer.length;
                controller.enqueue(layer);
              },
            }),
          )
        : undefined;
    await expect((await at.get(path)).bytes()).rejects.toThrow();
    expect(given).toBeLessThan(big.length + 10 * layer.length);
  });
});

describe("several servers on one store", () => {
  async function pair() {
    const root = await mkdtemp(join(tmpdir(), "kasane-mirror-"));
    const open = () => ({ blobs: openFileSystemBlobs(root), meta: openSqliteMeta(join(root, "meta.db")) });
    return { root, open, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
  }

  test("one downloads, the other reads along", async () => {
    await using store = await pair();
    await using first = await withImage(big, store.open());
    await using second = new MirrorFixture(store.open());
    const { at, digest, path } = first;
    const tap = tapped(at, digest);
    const asked = at.get(path);
    tap.give(big.subarray(0, 2_000_000));
    const one = await asked;
    const reader = one.body!.getReader();
    const head = await readSome(reader, 2_000_000);
    const two = await second.get(path);
    const along = two.body!.getReader();
    const seen = await readSome(along, 1_000_000);
    expect(seen.equals(big.subarray(0, seen.length))).toBe(true);
    tap.give(big.subarray(2_000_000));
    tap.end();
    const rest = await readSome(along, big.length - seen.length);
    expect(digestOf(Buffer.concat([seen, rest]))).toBe(digest);
    expect(digestOf(Buffer.concat([head, await readSome(reader, big.length - head.length)]))).toBe(digest);
    expect(second.lines()).toEqual([]);
  });

  test("what one that stopped has received, the next goes on from", async () => {
    await using store = await pair();
    const first = await withImage(big, store.open());
    const tap = tapped(first.at, first.digest);
    const asked = first.at.get(first.path);
    tap.give(big.subarray(0, 1_500_000));
    await readSome((await asked).body!.getReader(), 1_000_000);
    await first[Symbol.asyncDispose]();
    await using second = new MirrorFixture(store.open());
    await second.put(second.upstream, "x", big);
    expect(digestOf(await (await second.get(first.path)).bytes())).toBe(first.digest);
    expect(second.seen.map(({ headers }) => headers.get("range"))).toEqual(["bytes=1500000-"]);
    expect(await Array.fromAsync(second.blobs.listUploads())).toEqual([]);
  });
});

test("prefixes without patterns and configs of the same blob share one download", async () => {
  await using at = new MirrorFixture({
    upstreams: [
      upstreamConfig(),
      upstreamConfig({ name: "other", url: "https://other.test", prefix: "other" }),
    ],
  });
  await at.push("x", "v1", big);
  for (const prefix of ["hub", "other"]) await at.get(`/v2/${prefix}/x/manifests/v1`);
  at.lines();
  const answers = await Promise.all(
    ["hub", "other"].map(async (prefix) =>
      digestOf(await (await at.get(`/v2/${prefix}/x/blobs/${digestOf(big)}`)).bytes()),
    ),
  );
  expect(answers).toEqual([digestOf(big), digestOf(big)]);
  expect(at.lines().length).toBe(1);
});
