import { expect, test } from "bun:test";
import { RegistryFailure } from "../../registry/mod.ts";
import { RateLimit } from "./rate-limit.ts";
import { UploadLimit } from "./upload-limit.ts";

function limited(limit: RateLimit, client: string): RegistryFailure | undefined {
  try {
    limit.take(client);
    return undefined;
  } catch (error) {
    return error as RegistryFailure;
  }
}

test("a burst, then as many as the rate, each client by itself", () => {
  let nowMs = 0;
  const limit = new RateLimit({ requestsPerSecond: 2, burst: 3 }, () => nowMs);
  for (let count = 0; count < 3; count++) expect(limited(limit, "a")).toBeUndefined();
  const refused = limited(limit, "a")!;
  expect(refused).toBeInstanceOf(RegistryFailure);
  expect(refused).toMatchObject({ code: "TOOMANYREQUESTS", status: 429 });
  expect(refused.headers).toEqual({
    "retry-after": "1",
    "ratelimit-limit": "3",
    "ratelimit-remaining": "0",
    "ratelimit-reset": "2",
  });
  expect(limited(limit, "b")).toBeUndefined();
  nowMs = 499;
  expect(limited(limit, "a")).toBeDefined();
  nowMs = 500;
  expect(limited(limit, "a")).toBeUndefined();
  expect(limited(limit, "a")).toBeDefined();
  nowMs = 1e9;
  for (let count = 0; count < 3; count++) expect(limited(limit, "a")).toBeUndefined();
  expect(limited(limit, "a")).toBeDefined();
});

test("a slow rate says how long to wait", () => {
  const limit = new RateLimit({ requestsPerSecond: 0.1, burst: 1 }, () => 0);
  limit.take("a");
  expect(limited(limit, "a")!.headers["retry-after"]).toBe("10");
});

test("memory is bounded, and who comes regularly is not forgotten", () => {
  const limit = new RateLimit({ requestsPerSecond: 0.001, burst: 1 }, () => 0);
  limit.take("regular");
  for (let index = 0; index < 100_000; index++) {
    limited(limit, `client ${index}`);
    if (index % 1000 === 0) expect(limited(limit, "regular")).toBeDefined();
  }
  expect(limit.size).toBeLessThanOrEqual(40_000);
});

test("uploads at the same time are counted for each client", () => {
  const limit = new UploadLimit(2);
  limit.begin("a");
  limit.begin("a");
  limit.begin("b");
  expect(() => limit.begin("a")).toThrow(expect.objectContaining({ code: "TOOMANYREQUESTS", status: 429 }));
  limit.end("a");
  limit.begin("a");
  expect(limit.count).toBe(3);
  for (const client of ["a", "a", "b"]) limit.end(client);
  expect(limit.count).toBe(0);
});
