/** What the server does with clients that do not mean well, over raw sockets. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openMemoryBlobs } from "../../blob/mod.ts";
import { openSqliteMeta } from "../../meta/mod.ts";
import { type RunningServer, startServer } from "../start-server.ts";
import { exchangeRaw, lines, type RawOptions } from "../testing/raw-exchange.ts";

let server: RunningServer;
beforeAll(async () => {
  const store = { blobs: openMemoryBlobs(), meta: openSqliteMeta(":memory:") };
  server = await startServer({ store, address: "127.0.0.1:0" });
});
afterAll(async () => {
  await server.stop();
});

const exchange = (bytes: string | Uint8Array, options?: RawOptions) =>
  exchangeRaw(server.port, bytes, options);

describe("requests that two servers could read in two ways are refused, and the connection with them", () => {
  const next = lines("DELETE /v2/a/tags/list HTTP/1.1", "Host: x");
  test.each([
    ["a length beside chunks", ["Content-Length: 3", "Transfer-Encoding: chunked"], "400"],
    ["chunks beside a length", ["Transfer-Encoding: chunked", "Content-Length: 3"], "400"],
    ["two lengths", ["Content-Length: 3", "Content-Length: 5"], "400"],
    ["a negative length", ["Content-Length: -3"], "400"],
    ["a length with a sign", ["Content-Length: +3"], "400"],
    ["an unknown transfer encoding", ["Transfer-Encoding: xchunked"], "400"],
    ["a space before the colon", ["Transfer-Encoding : chunked"], "400"],
    ["a header over two lines", ["X: a", " b"], "400"],
    ["a NUL in a header", ["X: a\0b"], "400"],
  ])("%s", async (_, headers, status) => {
    const answer = await exchange(
      `${lines("PUT /v2/a/manifests/v1 HTTP/1.1", "Host: x", ...headers)}0\r\n\r\n${next}`,
    );
    expect(answer).toStartWith(`HTTP/1.1 ${status} `);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test("a chunk without a size, and one whose extension does not end", async () => {
    const head = lines("PUT /v2/a/manifests/v1 HTTP/1.1", "Host: x", "Transfer-Encoding: chunked");
    expect(await exchange(`${head}zz\r\nabc\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1.1 400 /);
    expect(await exchange(`${head}3;${"a".repeat(100_000)}\r\nabc\r\n0\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 4\d\d /,
    );
  });

  test("what follows an early answer is the rest of the body, never a request", async () => {
    const answer = await exchange(
      `${lines("PUT /v2/a/manifests/v1 HTTP/1.1", "Host: x", `Content-Length: ${2 ** 31}`)}{}${next}`,
      { done: (text) => text.includes("a manifest may have") },
    );
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
  });
});

describe("what is no request", () => {
  test.each([
    ["HTTP/0.9", "GET /v2/\r\n", "505"],
    ["lines without CR", "GET /v2/ HTTP/1.1\nHost: x\n\n", "505"],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"],
    ["noise", "\0\x01\x02\x03 hello\r\n\r\n", "400"],
    ["no Host", "GET /v2/ HTTP/1.1\r\n\r\n", "400"],
    [
      "TLS on the plain port",
      Uint8Array.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, ...Array(100).fill(7)]),
      "400",
    ],
  ])("%s", async (_, bytes, status) => {
    expect(await exchange(bytes)).toStartWith(`HTTP/1.1 ${status} `);
  });

  const many = (count: number) => Array.from({ length: count }, (_, i) => `x${i}: 1`);
  const head = (...headers: string[]) => lines("GET /v2/ HTTP/1.1", "Host: x", ...headers);

  test.each([
    ["too many headers", 431, "a request may have 100 headers", head(...many(120))],
    [
      "a header of 40 KiB",
      431,
      "the headers of a request may have 32768 bytes",
      head(`x: ${"a".repeat(40_960)}`),
    ],
    ["a long name", 431, "the headers of a request may have 32768 bytes", head(`${"x".repeat(40_960)}: a`)],
    [
      "many headers that are too large together",
      431,
      "the headers of a request may have 32768 bytes",
      head(...many(90).map((one) => one + "a".repeat(600))),
    ],
    [
      "a path of 40 KiB",
      414,
      "an address may have 32768 bytes",
      lines(`GET /v2/${"a".repeat(40_960)} HTTP/1.1`, "Host: x"),
    ],
  ])("%s: the error of the specification, and the end of the connection", async (_, status, message, bytes) => {
    const [top = "", body = ""] = (await exchange(bytes)).split("\r\n\r\n");
    expect(top).toStartWith(`HTTP/1.1 ${status} `);
    expect(top.toLowerCase()).toContain("connection: close");
    expect(JSON.parse(body)).toEqual({ errors: [{ code: "UNSUPPORTED", message }] });
  });

  test("nothing is meant by headers that are just small enough", async () => {
    const small = head(...many(80), `x: ${"a".repeat(25_000)}`, "Connection: close");
    expect(await exchange(small)).toStartWith("HTTP/1.1 200 ");
  });

  // What our own code never sees: Bun's parser ends there.
  test.each([
    ["far too many headers", head(...many(300))],
    ["a header of 128 KiB", head(`x: ${"a".repeat(131_072)}`)],
    ["a path of 128 KiB", lines(`GET /v2/${"a".repeat(131_072)} HTTP/1.1`, "Host: x")],
  ])("%s", async (_, bytes) => {
    expect(await exchange(bytes)).toStartWith("HTTP/1.1 431 ");
  });

  test("a header without an end costs no memory", async () => {
    const before = process.memoryUsage.rss();
    const flood = "a".repeat(1 << 20);
    const answer = await exchange(`GET /v2/ HTTP/1.1\r\nHost: x\r\nX: `, {
      after: (socket) => {
        for (let count = 0; count < 16; count++) socket.write(flood);
      },
    });
    expect(answer).toMatch(/^(HTTP\/1.1 431 |$)/);
    // What is sent is in this process as well, on its way out.
    expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
  });
});

test.each([
  ["the absolute form", "GET http://evil.example/v2/ HTTP/1.1", "200"],
  ["the absolute form of another path", "GET http://evil.example/v3/ HTTP/1.1", "404"],
  ["CONNECT", "CONNECT evil.example:443 HTTP/1.1", "404"],
  ["an unknown method", "BREW /v2/ HTTP/1.1", "405"],
  ["TRACE", "TRACE /v2/ HTTP/1.1", "405"],
])("%s is answered as the path says", async (_, line, status) => {
  // Of a method that it does not know at all, Bun just closes the connection.
  expect(await exchange(lines(line, "Host: x", "Connection: close"))).toMatch(
    new RegExp(`^HTTP/1.1 ${status} |^$`),
  );
});

test("requests sent one after the other without waiting are answered in order", async () => {
  const one = (n: number) => lines(`GET /v2/a${n}/tags/list HTTP/1.1`, "Host: x");
  const answer = await exchange(
    [1, 2, 3].map(one).join("") + lines("GET /v2/ HTTP/1.1", "Host: x", "Connection: close"),
  );
  expect([...answer.matchAll(/"name":"(a\d)"/g)].map((found) => found[1])).toEqual(["a1", "a2", "a3"]);
});

describe("a manifest that is too large gets its error while the client goes on sending", () => {
  test.each([
    ["announced", "Content-Length: 100000000", (data: string) => data],
    [
      "in chunks",
      "Transfer-Encoding: chunked",
      (data: string) => `${data.length.toString(16)}\r\n${data}\r\n`,
    ],
  ])("%s", async (_, header, framed) => {
    const piece = framed("a".repeat(1 << 20));
    const answer = await exchange(lines("PUT /v2/a/manifests/v1 HTTP/1.1", "Host: x", header), {
      done: (text) => text.includes("}]}"),
      after: (socket) => {
        for (let count = 0; count < 20; count++) socket.write(piece);
      },
    });
    expect(answer).toStartWith("HTTP/1.1 413 ");
    expect(answer).toContain('"code":"SIZE_INVALID"');
  });

  test("and what it goes on sending is not kept", async () => {
    const before = process.memoryUsage.rss();
    const flood = Buffer.alloc(1 << 20);
    let sent = 0;
    await exchange(lines("PUT /v2/a/manifests/v1 HTTP/1.1", "Host: x", "Content-Length: 100000000000"), {
      after: (socket) => {
        const more = () => {
          while (sent++ < 300) if (!socket.write(flood)) return socket.once("drain", more);
          return socket.destroy();
        };
        more();
      },
    });
    expect(sent).toBeGreaterThan(300);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
  });
});

test("an upload beyond the limit for blobs is 413, whether it says so or not", async () => {
  const store = { blobs: openMemoryBlobs(), meta: openSqliteMeta(":memory:") };
  const rules = { ...(await import("../../registry/mod.ts")).noRules, blobLimitBytes: 10 };
  const limited = await startServer({ store, address: "127.0.0.1:0", rules: () => rules });
  const send = async (body: string | ReadableStream<Uint8Array>) => {
    const opened = await fetch(`${limited.url}/v2/a/blobs/uploads/`, { method: "POST" });
    return fetch(limited.url + opened.headers.get("location")!, { method: "PATCH", body });
  };
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(6)),
  });
  for (const body of ["0123456789a", endless]) {
    const answer = await send(body);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ errors: [{ code: "SIZE_INVALID" }] });
  }
  expect((await send("0123456789")).status).toBe(202);
  await limited.stop();
});
