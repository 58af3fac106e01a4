import { describe, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { digestOf, mediaTypes } from "../oci/mod.ts";
import { TestRegistry } from "../registry/testing/test-registry.ts";
import { createRegistryClient, type RegistryClient } from "./mod.ts";
import { InProcessNetwork } from "./testing/in-process-network.ts";

const content = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) % 251);
const descriptor = { mediaType: mediaTypes.ociLayer, digest: digestOf(content), size: content.length };

/** Connections to break as soon as so many bytes of the blob have arrived. */
const toBreak = new Map<Socket, number>();

async function read(stream: Promise<ReadableStream<Uint8Array>>, start = 0): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let arrived = start;
  for await (const chunk of await stream) {
    chunks.push(chunk);
    arrived += chunk.length;
    for (const [socket, at] of toBreak) if (arrived >= at) socket.destroy();
  }
  return Buffer.concat(chunks);
}

describe("getBlob()", () => {
  const registry = new TestRegistry();
  const client = new InProcessNetwork({ "registry.test": registry.handle }).client();

  test("has the bytes, from an offset too", async () => {
    await registry.putBlob("a", content);
    expect(await read(client.getBlob("a", descriptor))).toEqual(content);
    expect(
      Buffer.compare(
        await read(client.getBlob("a", descriptor, { offset: 99_990 })),
        content.subarray(99_990),
      ),
    ).toBe(0);
    expect(await read(client.getBlob("a", descriptor, { offset: 100_000 }))).toEqual(new Uint8Array(0));
  });

  test("asks for a part by Range, and cuts what a registry without ranges sends", async () => {
    await registry.putBlob("a", content);
    const ranges: (string | null)[] = [];
    const part = (ignoresRange: boolean) => {
      const network = new InProcessNetwork({
        "registry.test": (request) => {
          if (request.url.includes("/blobs/")) ranges.push(request.headers.get("range"));
          return registry.handle(ignoresRange ? new Request(request.url) : request);
        },
      });
      return read(network.client().getBlob("a", descriptor, { offset: 10, end: 20 }));
    };
    expect(await part(false)).toEqual(content.subarray(10, 20));
    expect(await part(true)).toEqual(content.subarray(10, 20));
    expect(ranges).toEqual(["bytes=10-19", "bytes=10-19"]);
    expect(await read(client.getBlob("a", descriptor, { end: 5 }))).toEqual(content.subarray(0, 5));
    expect(await read(client.getBlob("a", descriptor, { offset: 5, end: 5 }))).toEqual(new Uint8Array(0));
  });

  test("of what is not there is `not-found`, thrown by the call", async () => {
    const missing = { ...descriptor, digest: digestOf("missing") };
    await expect(client.getBlob("a", missing)).rejects.toMatchObject({ code: "not-found" });
  });

  test("headBlob() and deleteBlob()", async () => {
    await registry.putBlob("b", content);
    expect(await client.headBlob("b", descriptor.digest)).toEqual({
      digest: descriptor.digest,
      sizeBytes: 100_000,
    });
    expect(await client.deleteBlob("b", descriptor.digest)).toBe(true);
    expect(await client.deleteBlob("b", descriptor.digest)).toBe(false);
    expect(await client.headBlob("b", descriptor.digest)).toBeUndefined();
  });
});

/** A server that writes raw answers, so that it can break them. Each answer gets the Range offset of its request. */
async function withServer(
  answers: ((socket: Socket, offset: number) => void)[],
  work: (client: RegistryClient, offsets: number[]) => Promise<void>,
): Promise<void> {
  const offsets: number[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      const head = data.toString("latin1");
      // A TLS hello: this server does not speak it.
      if (!head.startsWith("GET /")) return socket.destroy();
      if (head.startsWith("GET /v2/ ")) {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      const offset = Number(/^range: bytes=(\d+)-/im.exec(head)?.[1] ?? 0);
      offsets.push(offset);
      (answers.shift() ?? ((last) => last.destroy()))(socket, offset);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  try {
    const client = createRegistryClient({
      host: `127.0.0.1:${port}`,
      retry: { attempts: 3, baseMs: 1 },
      timeouts: { stallMs: 100 },
    });
    await work(client, offsets);
  } finally {
    for (const socket of sockets) socket.destroy();
    toBreak.clear();
    await new Promise((resolve) => server.close(resolve));
  }
}

const head = (status: string, length: number, more = "") =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${length}\r\n${more}\r\n`;
/** The answer to a Range request, broken off after `bytes`. */
const part = (bytes: number) => (socket: Socket, offset: number) => {
  const range =
    offset > 0 ? `Content-Range: bytes ${offset}-${content.length - 1}/${content.length}\r\n` : "";
  socket.write(head(offset > 0 ? "206 Partial Content" : "200 OK", content.length - offset, range));
  socket.write(content.subarray(offset, offset + bytes));
  if (bytes === 0) socket.end();
  else if (offset + bytes < content.length) toBreak.set(socket, offset + bytes);
};

describe("a connection that breaks", () => {
  test("is gone on from where it broke", () =>
    withServer([part(30_000), part(30_000), part(100_000)], async (client, offsets) => {
      expect(await read(client.getBlob("a", descriptor))).toEqual(content);
      expect(offsets).toEqual([0, 30_000, 60_000]);
    }));

  test("to a server that does not know Range starts again and skips", () => {
    const whole = (socket: Socket) => {
      socket.write(head("200 OK", content.length));
      socket.write(content);
    };
    return withServer([part(30_000), whole], async (client) => {
      expect(await read(client.getBlob("a", descriptor))).toEqual(content);
    });
  });

  test.each([
    ["refuses", (socket: Socket) => socket.write(head("416 Range Not Satisfiable", 0))],
    [
      "answers with another range",
      (socket: Socket) => {
        socket.write(head("206 Partial Content", 100, `Content-Range: bytes 0-99/${content.length}\r\n`));
        socket.write(content.subarray(0, 100));
      },
    ],
  ])("to a server that %s asks for the whole, or it would never get on", (_, answer) =>
    withServer([part(30_000), answer, part(100_000)], async (client, offsets) => {
      expect(await read(client.getBlob("a", descriptor))).toEqual(content);
      expect(offsets).toEqual([0, 30_000, 0]);
    }));

  test("any number of times, as long as there is progress", () =>
    withServer(
      Array.from({ length: 11 }, () => part(10_000)),
      async (client, offsets) => {
        expect(await read(client.getBlob("a", descriptor))).toEqual(content);
        expect(offsets).toHaveLength(10);
      },
    ));

  test("without progress is an error after a few tries", () =>
    withServer([part(30_000), part(0), part(0), part(0), part(0)], async (client, offsets) => {
      await expect(read(client.getBlob("a", descriptor))).rejects.toMatchObject({ code: "network" });
      expect(offsets.length).toBeLessThanOrEqual(6);
    }));

  test("by silence is broken off and gone on from", () => {
    const silent = (socket: Socket, offset: number) => {
      socket.write(head("200 OK", content.length));
      socket.write(content.subarray(offset, 10));
    };
    return withServer([silent, part(100_000)], async (client, offsets) => {
      expect(await read(client.getBlob("a", descriptor))).toEqual(content);
      expect(offsets).toEqual([0, 10]);
    });
  });

  test("before the head of the answer is tried again", () =>
    withServer([(socket) => socket.destroy(), part(100_000)], async (client) => {
      expect(await read(client.getBlob("a", descriptor))).toEqual(content);
    }));
});

test("more bytes than the descriptor has are refused", async () => {
  const client = new InProcessNetwork({ "registry.test": () => new Response("too long") }).client();
  const short = { ...descriptor, size: 3 };
  await expect(read(client.getBlob("a", short))).rejects.toMatchObject({ code: "digest-mismatch" });
});

test("fewer bytes than the descriptor has are an error, not a short blob", async () => {
  const client = new InProcessNetwork({ "registry.test": () => new Response("short") }).client();
  await expect(read(client.getBlob("a", descriptor))).rejects.toMatchObject({ code: "network" });
});

test("a slow receiver is not taken for a silent server", () =>
  withServer([part(100_000)], async (client, offsets) => {
    const reader = (await client.getBlob("a", descriptor)).getReader();
    let size = (await reader.read()).value?.length ?? 0;
    await Bun.sleep(150);
    for (let next = await reader.read(); !next.done; next = await reader.read()) size += next.value.length;
    expect(size).toBe(content.length);
    expect(offsets).toHaveLength(1);
  }));

test("a reader that stops closes the connection", () =>
  withServer(
    [
      (socket) => {
        socket.write(head("200 OK", content.length));
        socket.write(content.subarray(0, 10));
      },
    ],
    async (client, offsets) => {
      const stream = await client.getBlob("a", descriptor);
      await stream.cancel();
      expect(offsets).toEqual([0]);
    },
  ));
