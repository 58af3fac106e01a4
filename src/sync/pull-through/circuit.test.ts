import { describe, expect, test } from "bun:test";
import { type ErrorCode, KasaneError } from "../../lib/mod.ts";
import { Circuit } from "./circuit.ts";

const patience = { pauseMs: 100, longestPauseMs: 1000, rateLimitMs: 500 };
const failure = (code: ErrorCode, data: Record<string, number> = {}) =>
  new KasaneError(code, "failed", { data });

class At {
  nowMs = 0;
  readonly circuit = new Circuit(patience, () => this.nowMs);
  isOpen = () => this.circuit.refusal() === undefined;
}

describe("Circuit", () => {
  test("lets one try after a pause, and all when that worked", () => {
    const at = new At();
    expect([at.isOpen(), at.isOpen()]).toEqual([true, true]);
    at.circuit.failed(failure("network"));
    expect(at.isOpen()).toBe(false);
    at.nowMs = 100;
    expect([at.isOpen(), at.isOpen(), at.isOpen()]).toEqual([true, false, false]);
    at.circuit.succeeded();
    expect([at.isOpen(), at.isOpen()]).toEqual([true, true]);
  });

  test("waits twice as long after each failure, up to a limit", () => {
    const at = new At();
    const pauses = Array.from({ length: 6 }, () => {
      at.circuit.failed(failure("network"));
      const pauseMs = at.circuit.blockedUntilMs! - at.nowMs;
      at.nowMs = at.circuit.blockedUntilMs!;
      expect(at.isOpen()).toBe(true);
      return pauseMs;
    });
    expect(pauses).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  test("is let through again when whoever tried was never heard of", () => {
    const at = new At();
    at.circuit.failed(failure("network"));
    at.nowMs = 100;
    expect([at.isOpen(), at.isOpen()]).toEqual([true, false]);
    at.nowMs += 60_000;
    expect(at.isOpen()).toBe(true);
  });

  test.each([
    ["not-found", {}],
    ["denied", { status: 403 }],
    ["unauthorized", { status: 401 }],
    ["digest-mismatch", {}],
    ["invalid-manifest", {}],
    ["protocol", {}],
  ] as const)("%s says that the upstream works", (code, data) => {
    const at = new At();
    at.circuit.failed(failure("network"));
    at.nowMs = 100;
    at.isOpen();
    at.circuit.failed(failure(code, data));
    expect([at.isOpen(), at.isOpen(), at.circuit.isSuspect]).toEqual([true, true, false]);
  });

  test("takes three bad answers in a row for it", () => {
    const at = new At();
    for (const code of ["protocol", "network", "protocol"] as const) {
      expect(at.isOpen()).toBe(true);
      at.circuit.failed(failure(code, { status: 502 }));
    }
    expect(at.isOpen()).toBe(false);
  });

  test.each([
    ["rate-limited", { status: 429, retryAfterMs: 7_000 }, 7_000],
    ["network", { status: 503, retryAfterMs: 7_000 }, 7_000],
    ["rate-limited", { status: 429 }, 500],
    ["rate-limited", { status: 429, retryAfterMs: 1e15 }, 24 * 3_600_000],
    ["unsupported", { status: 508 }, 1000],
  ] as const)("%s %j is kept to for %d ms", (code, data, pauseMs) => {
    const at = new At();
    at.circuit.failed(failure(code, data));
    expect(at.circuit.blockedUntilMs).toBe(pauseMs);
    at.circuit.failed(failure("network"));
    expect(at.circuit.blockedUntilMs).toBe(pauseMs);
  });
});
