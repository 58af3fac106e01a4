import { expect, test } from "bun:test";
import { beginningHealth, checkCommand, type Health, healthAfter, pauseMsOf } from "./health.ts";

const second = 1e9;

function after(codes: readonly number[], check: Parameters<typeof healthAfter>[2], everyMs = 1000): Health {
  let health = beginningHealth;
  codes.forEach((exitCode, index) => {
    const startedAtMs = (index + 1) * everyMs;
    health = healthAfter(health, { startedAtMs, endedAtMs: startedAtMs + 1, exitCode, output: "" }, check, 0);
  });
  return health;
}

test.each([
  [[0], {}, "healthy", 0],
  [[1], {}, "starting", 1],
  [[1, 1, 1], {}, "unhealthy", 3],
  [[1, 1, 0, 1, 1], {}, "healthy", 2],
  [[0, 1, 1, 1], {}, "unhealthy", 3],
  [[1, 1, 1, 0], {}, "healthy", 0],
  [[1], { Retries: 1 }, "unhealthy", 1],
  [[1, 1, 1, 1], { StartPeriod: 4 * second, Retries: 1 }, "unhealthy", 1],
  [[1, 1, 1], { StartPeriod: 4 * second, Retries: 1 }, "starting", 0],
  [[1, 0, 1], { StartPeriod: 10 * second, Retries: 1 }, "unhealthy", 1],
] as const)("after checks that end with %j, set as %j, it is %s", (codes, check, status, failingStreak) => {
  expect(after(codes, check)).toMatchObject({ status, failingStreak });
});

test("the last five results are kept", () => {
  expect(after([1, 2, 3, 4, 5, 6, 7], {}).log.map(({ exitCode }) => exitCode)).toEqual([3, 4, 5, 6, 7]);
});

test("checks come closer while it starts", () => {
  const check = { Interval: 30 * second, StartPeriod: 60 * second, StartInterval: 2 * second };
  expect(pauseMsOf(check, beginningHealth, 1000)).toBe(2000);
  expect(pauseMsOf(check, beginningHealth, 61_000)).toBe(30_000);
  expect(pauseMsOf(check, { ...beginningHealth, status: "healthy" }, 1000)).toBe(30_000);
  expect(pauseMsOf({ StartPeriod: second }, beginningHealth, 0)).toBe(5000);
  expect(pauseMsOf({}, beginningHealth, 0)).toBe(30_000);
});

test.each([
  [{}, undefined],
  [{ Healthcheck: { Test: ["NONE"] } }, undefined],
  [{ Healthcheck: { Test: [] } }, undefined],
  [{ Healthcheck: { Test: ["CMD", "a", "b"] } }, ["a", "b"]],
  [{ Healthcheck: { Test: ["CMD-SHELL", "a | b"] } }, ["/bin/sh", "-c", "a | b"]],
  [{ Healthcheck: { Test: ["CMD-SHELL", "a"] }, Shell: ["/bin/bash", "-ec"] }, ["/bin/bash", "-ec", "a"]],
])("the command of %j is %j", (config, command) => expect(checkCommand(config)).toEqual(command));
