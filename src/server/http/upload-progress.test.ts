import { expect, test } from "bun:test";
import { watchUpload } from "./upload-progress.ts";

test("watchUpload() renews the connection's time when enough has come, and not for a trickle", async () => {
  const renewed: number[] = [];
  const server = {
    timeout: (_: Request, seconds: number) => renewed.push(seconds),
  } as unknown as Bun.Server<undefined>;
  let nowMs = 0;
  const peer = watchUpload({
    peer: { address: "192.0.2.1" },
    request: new Request("http://x"),
    server,
    idleS: 60,
    now: () => nowMs,
  });
  expect(peer.address).toBe("192.0.2.1");
  for (let count = 0; count < 1000; count++) {
    nowMs += 1000;
    peer.received!(1);
  }
  expect(renewed).toEqual([]);
  peer.received!(64 * 1024);
  expect(renewed).toEqual([60]);
  // Not for every chunk of a fast one.
  for (let count = 0; count < 100; count++) peer.received!(1_000_000);
  expect(renewed).toEqual([60]);
  nowMs += 2_000;
  peer.received!(1);
  expect(renewed).toEqual([60, 60]);
});
