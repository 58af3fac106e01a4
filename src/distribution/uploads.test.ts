import { beforeEach, describe, expect, test } from "bun:test";
import { type ByteStream, KasaneError, toByteStream } from "../lib/mod.ts";
import { digestOf, mediaTypes } from "../oci/mod.ts";
import { TestRegistry } from "../registry/testing/test-registry.ts";
import type { PushBlobOptions } from "./mod.ts";
import { InProcessNetwork, registryError } from "./testing/in-process-network.ts";

/** Above the size that goes in one PUT. */
const content = Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 7) % 251);
const small = content.slice(0, 1000);
const descriptorOf = (bytes: Uint8Array) => ({
  mediaType: mediaTypes.ociLayer,
  digest: digestOf(bytes),
  size: bytes.length,
});

type Fault = (request: Request, pass: (request: Request) => Promise<Response>) => Promise<Response>;

/** A registry whose n-th request of a method can go wrong. */
class FaultyRegistry {
  readonly registry = new TestRegistry();
  readonly network = new InProcessNetwork({ "registry.test": (request) => this.#answer(request) });
  readonly client = this.network.client();
  /** Offsets at which the source was opened. */
  readonly opened: number[] = [];
  readonly #faults: Record<string, Fault[]> = {};

  fail(method: string, ...faults: Fault[]): void {
    this.#faults[method] = faults;
  }

  push(bytes: Uint8Array, options: PushBlobOptions = {}) {
    return this.client.pushBlob(
      "a/b",
      descriptorOf(bytes),
      (offset = 0) => this.open(bytes, offset),
      options,
    );
  }

  async open(bytes: Uint8Array, offset: number): Promise<ByteStream> {
    this.opened.push(offset);
    return toByteStream(
      (function* () {
        for (let at = offset; at < bytes.length; at += 10_000) yield bytes.slice(at, at + 10_000);
      })(),
    );
  }

  async has(bytes: Uint8Array): Promise<boolean> {
    const response = await this.registry.send("GET", `/v2/a/b/blobs/${digestOf(bytes)}`);
    return response.status === 200 && Bun.deepEquals(await response.bytes(), bytes);
  }

  #answer(request: Request): Promise<Response> {
    const fault = this.#faults[request.method]?.shift();
    return fault ? fault(request, this.registry.handle) : this.registry.handle(request);
  }
}

/** Takes `bytes` of the body, then the connection breaks. */
const breakAfter =
  (bytes: number): Fault =>
  async (request, pass) => {
    let left = bytes;
    const cut = async function* () {
      for await (const chunk of request.body!) {
        yield chunk.subarray(0, left);
        left -= Math.min(left, chunk.length);
        if (left === 0) break;
      }
    };
    const { url, method } = request;
    await pass(new Request(url, { method, headers: { "content-type": "x/y" }, body: toByteStream(cut()) }));
    throw Object.assign(new Error("closed"), { code: "ECONNRESET" });
  };
/** The registry does it, but nobody hears. */
const loseAnswer: Fault = async (request, pass) => {
  await pass(request);
  throw Object.assign(new Error("closed"), { code: "ECONNRESET" });
};
const answer =
  (make: () => Response): Fault =>
  async (request) => {
    await request.body?.cancel();
    return make();
  };

let world: FaultyRegistry;
beforeEach(() => {
  world = new FaultyRegistry();
});
const lines = () =>
  world.network
    .lines()
    .map((line) => line.replace(/sha256(:|%3A)[0-9a-f]{64}/g, "D").replace(/[0-9a-f-]{36}/, "ID"));

describe("pushBlob()", () => {
  test("of a large blob streams it in one PATCH", async () => {
    const seen: number[] = [];
    expect(await world.push(content, { progress: (done) => seen.push(done) })).toBe("copied");
    expect(lines()).toEqual([
      "HEAD /v2/a/b/blobs/D",
      "POST /v2/a/b/blobs/uploads/",
      "PATCH /v2/a/b/blobs/uploads/ID",
      "PUT /v2/a/b/blobs/uploads/ID?digest=D",
    ]);
    expect(await world.has(content)).toBe(true);
    expect(seen.at(-1)).toBe(content.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test.each([0, 1, 1000])("of %d bytes needs one PUT", async (size) => {
    expect(await world.push(content.slice(0, size))).toBe("copied");
    expect(lines().map((line) => line.split(" ")[0]!)).toEqual(["HEAD", "POST", "PUT"]);
    expect(await world.has(content.slice(0, size))).toBe(true);
  });

  test("of what is there opens nothing", async () => {
    await world.push(small);
    world.opened.length = 0;
    expect(await world.push(small)).toBe("exists");
    expect(world.opened).toEqual([]);
  });

  test("mounts from a repository that has it", async () => {
    await world.registry.putBlob("other", small);
    let from: string | undefined;
    const mounted = (repository: string) => {
      from = repository;
    };
    expect(await world.push(small, { mountFrom: ["a/b", "nope", "other"], mounted })).toBe("mounted");
    expect(from).toBe("other");
    expect(world.opened).toEqual([]);
    // The upload the registry opened instead of the first mount is not left behind.
    expect(await Array.fromAsync(world.registry.blobs.listUploads())).toEqual([]);
  });

  test("uses the upload that a registry opens instead of mounting", async () => {
    expect(await world.push(small, { mountFrom: ["nope"] })).toBe("copied");
    expect(lines().filter((line) => line.startsWith("POST"))).toHaveLength(1);
  });

  test("does without a mount that is refused", async () => {
    world.fail(
      "POST",
      answer(() => registryError(403, "DENIED")),
    );
    expect(await world.push(small, { mountFrom: ["secret"] })).toBe("copied");
  });

  test("announces sha512", async () => {
    const digest = digestOf(small, "sha512");
    const descriptor = { ...descriptorOf(small), digest };
    await world.client.pushBlob("a/b", descriptor, () => world.open(small, 0));
    expect(lines()[1]).toBe("POST /v2/a/b/blobs/uploads/?digest-algorithm=sha512");
  });
});

describe("an upload that breaks", () => {
  test("goes on where the registry has it", async () => {
    world.fail("PATCH", breakAfter(300_000), breakAfter(200_000));
    expect(await world.push(content)).toBe("copied");
    expect(world.opened).toEqual([0, 300_000, 500_000]);
    expect(await world.has(content)).toBe(true);
  });

  test("starts again where the registry has lost it", async () => {
    world.fail("PATCH", breakAfter(300_000));
    world.fail(
      "GET",
      answer(() => registryError(404, "BLOB_UPLOAD_UNKNOWN")),
    );
    expect(await world.push(content)).toBe("copied");
    expect(world.opened).toEqual([0, 0]);
  });

  test.each([404, 416, 429, 500, 502])("with %d goes on or starts again", async (status) => {
    world.fail(
      "PATCH",
      answer(() => new Response("", { status })),
    );
    expect(await world.push(content)).toBe("copied");
    expect(await world.has(content)).toBe(true);
  });

  test("after the registry has finished it is done", async () => {
    world.fail("PUT", loseAnswer);
    expect(await world.push(content)).toBe("copied");
    expect(world.opened).toEqual([0]);
    world = new FaultyRegistry();
    world.fail("PUT", loseAnswer);
    expect(await world.push(small)).toBe("copied");
  });

  test("during the only PUT goes on as well", async () => {
    world.fail("PUT", breakAfter(500));
    expect(await world.push(small)).toBe("copied");
    expect(await world.has(small)).toBe(true);
  });

  test("again and again without progress is an error", async () => {
    world.fail("PATCH", ...Array.from({ length: 20 }, () => breakAfter(1)));
    await expect(world.push(content)).rejects.toMatchObject({ code: "network" });
    expect(world.opened.length).toBeLessThanOrEqual(5);
  });

  test("by the registry's doing is gone on from when the registry took a part only", async () => {
    world.fail("PATCH", async (request, pass) => {
      const bytes = (await request.bytes()).slice(0, 400_000);
      return pass(new Request(request.url, { method: "PATCH", body: bytes }));
    });
    expect(await world.push(content)).toBe("copied");
    expect(world.opened).toEqual([0, 400_000]);
  });
});

describe("chunks", () => {
  const large = new Uint8Array(9 * 1024 * 1024).fill(7);
  const tooLarge: Fault = answer(() => registryError(413, "SIZE_INVALID"));
  const chunkSizes = () =>
    world.network.seen
      .filter(({ method }) => method === "PATCH")
      .map(({ headers }) => headers.get("content-range"));

  test("are sent where a whole body is too large", async () => {
    world.fail("PATCH", tooLarge);
    expect(await world.push(large)).toBe("copied");
    const mebibyte = 1024 * 1024;
    expect(chunkSizes()).toEqual([
      null,
      `0-${4 * mebibyte - 1}`,
      `${4 * mebibyte}-${8 * mebibyte - 1}`,
      `${8 * mebibyte}-${9 * mebibyte - 1}`,
    ]);
    expect(await world.has(large)).toBe(true);
  });

  test("are at least as large as the registry wants them", async () => {
    world.fail("POST", async (request, pass) => {
      const response = await pass(request);
      response.headers.set("oci-chunk-min-length", String(4 * 1024 * 1024 + 1));
      return response;
    });
    world.fail("PATCH", tooLarge);
    await expect(world.push(large)).rejects.toMatchObject({ code: "limit-exceeded" });
  });

  test("that are too large as well are an error", async () => {
    world.fail("PATCH", ...Array.from({ length: 9 }, () => tooLarge));
    await expect(world.push(large)).rejects.toMatchObject({ code: "limit-exceeded", data: { status: 413 } });
  });
});

describe("the location", () => {
  test("is used as it stands: absolute, with a query that is not ours to encode", async () => {
    const seen: string[] = [];
    const network = new InProcessNetwork({
      "registry.test": ({ method }) => {
        if (method === "HEAD") return new Response(null, { status: 404 });
        const location = "https://upload.test/x/y?_state=a~b%2Fc+d==&e";
        return new Response(null, { status: 202, headers: { location } });
      },
      "upload.test": async (request) => {
        seen.push(`${request.method} ${request.url} ${request.headers.get("authorization")}`);
        await request.bytes();
        return new Response(null, { status: request.method === "PUT" ? 201 : 202 });
      },
    });
    await network.client().pushBlob("a", descriptorOf(content), () => world.open(content, 0));
    const url = "https://upload.test/x/y?_state=a~b%2Fc+d==&e";
    expect(seen).toEqual([
      `PATCH ${url} null`,
      `PUT ${url}&digest=${encodeURIComponent(digestOf(content))} null`,
    ]);
  });

  test("in plain http behind https is refused", async () => {
    world.fail(
      "POST",
      answer(() => new Response(null, { status: 202, headers: { location: "http://registry.test/x" } })),
    );
    await expect(world.push(small)).rejects.toMatchObject({ code: "protocol" });
  });
});

describe("content", () => {
  test.each([
    ["more", [...content, 1]],
    ["fewer", [...content.slice(1)]],
  ])("with %s bytes than its descriptor is refused", async (_, bytes) => {
    const wrong = Uint8Array.from(bytes);
    const push = world.client.pushBlob("a/b", descriptorOf(content), () => world.open(wrong, 0));
    await expect(push).rejects.toMatchObject({ code: "digest-mismatch" });
    expect(await world.has(content)).toBe(false);
  });

  test("that is not what its descriptor says is refused by the registry", async () => {
    const wrong = content.slice().fill(0, 0, 1);
    wrong[5] = 99;
    const push = world.client.pushBlob("a/b", descriptorOf(content), () => world.open(wrong, 0));
    await expect(push).rejects.toMatchObject({
      code: "digest-mismatch",
      data: { registryCode: "DIGEST_INVALID" },
    });
  });

  test("that cannot be read is the reader's own error, once", async () => {
    let opens = 0;
    const push = world.client.pushBlob("a/b", descriptorOf(content), async () => {
      opens++;
      return toByteStream(
        (function* () {
          yield content.slice(0, 10);
          throw new KasaneError("io", "cannot read the layer");
        })(),
      );
    });
    await expect(push).rejects.toMatchObject({ code: "io", message: "cannot read the layer" });
    expect(opens).toBe(1);
  });
});

test("a cancelled push ends with `cancelled`", async () => {
  const controller = new AbortController();
  const push = world.push(content, {
    signal: controller.signal,
    progress: (done) => {
      if (done > 100_000) controller.abort();
    },
  });
  await expect(push).rejects.toMatchObject({ code: "cancelled" });
  expect(await world.has(content)).toBe(false);
});
