/** How long the server waits for clients that send little or nothing. Everything side by side, because all of it is waiting. */
import { expect, test } from "bun:test";
import { openMemoryBlobs } from "../../src/blob/mod.ts";
import { openSqliteMeta } from "../../src/meta/mod.ts";
import { startServer } from "../../src/server/mod.ts";
import { exchangeRaw, lines } from "../../src/server/testing/raw-exchange.ts";

/** Bun counts in steps of 4 s, and gives a first request 10 s. */
const idleMs = 5_000;
const patienceMs = 18_000;

test("headers and bodies that do not come, or drop by drop, end their connection; a slow upload lives", async () => {
  const store = { blobs: openMemoryBlobs(), meta: openSqliteMeta(":memory:") };
  const server = await startServer({ store, address: "127.0.0.1:0", idleMs });
  const begin = async () =>
    (await fetch(`${server.url}/v2/a/blobs/uploads/`, { method: "POST" })).headers.get("location")!;

  /** What was answered, and when the connection ended. */
  const talk = async (first: string, repeated?: { text: string; everyMs: number; times?: number }) => {
    const startedMs = performance.now();
    let left = repeated?.times ?? Number.POSITIVE_INFINITY;
    const answer = await exchangeRaw(server.port, first, {
      after(socket) {
        const timer = setInterval(() => {
          if (repeated && left-- > 0) socket.write(repeated.text);
        }, repeated?.everyMs ?? 1000);
        socket.on("close", () => clearInterval(timer));
      },
    });
    return { answer, ms: performance.now() - startedMs };
  };

  const dropped = await begin();
  const slow = await begin();
  const patch = (location: string, length: number) =>
    lines(`PATCH ${location} HTTP/1.1`, "Host: x", "Connection: close", `Content-Length: ${length}`);
  const drop = { text: "a", everyMs: 500 };
  const whole = lines("GET /v2/ HTTP/1.1", "Host: x");
  const piece = "a".repeat(13_000);
  const [slowUpload, ...hostile] = await Promise.all([
    // 26 KB/s, which Bun alone would cut off.
    talk(patch(slow, 26 * piece.length), { text: piece, everyMs: 500, times: 26 }),
    talk(""),
    talk("GET /v2/ HT"),
    talk("GET /v2/ HTTP/1.1\r\n", { text: "x: y\r\n", everyMs: 500 }),
    talk(whole),
    talk(whole, { text: "G", everyMs: 500 }),
    talk(patch(await begin(), 1e8)),
    talk(patch(dropped, 1e8), drop),
    talk(lines("PUT /v2/a/manifests/v1 HTTP/1.1", "Host: x", "Content-Length: 100000"), drop),
  ]);
  for (const { ms } of hostile) expect(ms).toBeLessThan(patienceMs);
  expect(slowUpload.answer).toStartWith("HTTP/1.1 202 ");
  // What came of the other one is there, and another request can go on with it.
  const state = await fetch(server.url + dropped);
  expect(state.status).toBe(204);
  expect(state.headers.get("range")).not.toBe("0-0");
  await server.stop();
}, 40_000);
