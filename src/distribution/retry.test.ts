import { expect, test } from "bun:test";
import { defaultRetry, parseRetryAfter, pause, retryDelayMs } from "./retry.ts";

const now = Date.parse("2026-01-01T00:00:00Z");

test.each([
  ["0", 0],
  [" 120 ", 120_000],
  ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
  ["Wed, 31 Dec 2025 00:01:00 GMT", 0],
  ["soon", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["99999999999999", undefined],
  [null, undefined],
])("parseRetryAfter() reads %j", (header, ms) => {
  expect(parseRetryAfter(header, now)).toBe(ms);
});

test("retryDelayMs() grows with each try up to its bound, and ends", () => {
  const longest = (tries: number) =>
    Math.max(
      ...Array.from(
        { length: 200 },
        () => retryDelayMs({ ...defaultRetry, attempts: 99 }, tries, undefined)!,
      ),
    );
  expect(longest(1)).toBeLessThanOrEqual(250);
  expect(longest(3)).toBeGreaterThan(250);
  expect(longest(50)).toBeLessThanOrEqual(8_000);
  expect(retryDelayMs(defaultRetry, 5, undefined)).toBeUndefined();
});

test("retryDelayMs() waits as long as the server asks, unless that is too long", () => {
  expect(retryDelayMs(defaultRetry, 1, 30_000)).toBeGreaterThanOrEqual(30_000);
  expect(retryDelayMs(defaultRetry, 1, 61_000)).toBeUndefined();
});

test("pause() ends at once when it is cancelled", async () => {
  const controller = new AbortController();
  const waiting = pause(60_000, controller.signal);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
  await expect(pause(0, controller.signal)).rejects.toMatchObject({ code: "cancelled" });
});
