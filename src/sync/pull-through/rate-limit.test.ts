import { expect, test } from "bun:test";
import { rateLimitOf } from "./rate-limit.ts";

test.each([
  [{}, undefined],
  [{ "ratelimit-remaining": "1" }, undefined],
  [{ "ratelimit-remaining": "x", "ratelimit-limit": "y" }, undefined],
  [
    { "ratelimit-limit": "100;w=21600", "ratelimit-remaining": "99;w=21600" },
    { limit: 100, remaining: 99, resetsAtMs: 21_601_000 },
  ],
  [
    { "ratelimit-limit": "10", "ratelimit-remaining": "0", "ratelimit-reset": "30" },
    { limit: 10, remaining: 0, resetsAtMs: 31_000 },
  ],
  [
    { "x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4", "x-ratelimit-reset": "1800000000" },
    { limit: 5000, remaining: 4, resetsAtMs: 1_800_000_000_000 },
  ],
  [
    { "ratelimit-limit": "1", "ratelimit-remaining": "1", "docker-ratelimit-source": "192.0.2.1" },
    { limit: 1, remaining: 1, source: "192.0.2.1" },
  ],
])("rateLimitOf(%j)", (headers, expected) => {
  expect(rateLimitOf(new Headers(headers as Record<string, string>), 1000)).toEqual(expected);
});
