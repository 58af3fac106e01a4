import { expect, test } from "bun:test";
import { lazily, lazyProperties } from "./lazily.ts";

test("lazily() makes its value once, when it is asked for, also one that is undefined", () => {
  let made = 0;
  const value = lazily(() => void made++);
  expect(made).toBe(0);
  expect([value(), value(), made]).toEqual([undefined, undefined, 1]);
});

test("lazily() tries again what has failed", () => {
  let isReady = false;
  const value = lazily(() => {
    if (!isReady) throw new Error("not yet");
    return 1;
  });
  expect(value).toThrow("not yet");
  isReady = true;
  expect(value()).toBe(1);
});

test("lazyProperties() makes each of them alone, and a copy has all", () => {
  const made: string[] = [];
  interface Parts {
    readonly one: number;
    readonly sum: number;
  }
  const parts: Parts = lazyProperties<Parts>({
    one: () => made.push("one"),
    sum: () => parts.one + made.push("sum"),
  });
  expect(made).toEqual([]);
  expect(parts.sum).toBe(3);
  expect(made).toEqual(["one", "sum"]);
  expect({ ...parts }).toEqual({ one: 1, sum: 3 });
});
