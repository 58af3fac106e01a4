import { describe, expect, test } from "bun:test";
import { RegistryFailure } from "../registry/mod.ts";
import { FailedLogins } from "./failed-logins.ts";

/** Time passes only by sleeping. */
class Clock {
  nowMs = 1_000_000;
  readonly slept: number[] = [];
  readonly options = {
    now: () => this.nowMs,
    sleep: async (ms: number) => {
      this.slept.push(ms);
      this.nowMs += ms;
    },
  };
}

const wrong = async () => undefined;
const right = async () => "in" as const;
const alice = { address: "192.0.2.1", userName: "alice" };

async function retryAfter(attempt: Promise<unknown>): Promise<number> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof RegistryFailure && error.code === "TOOMANYREQUESTS") {
      return Number(error.headers["retry-after"]);
    }
    throw error;
  }
  throw new Error("was not refused");
}

describe("FailedLogins", () => {
  test("each failure makes the next attempt wait twice as long, until it is refused", async () => {
    const clock = new Clock();
    const logins = new FailedLogins(clock.options);
    for (let count = 0; count < 6; count++) expect(await logins.attempt(alice, wrong)).toBeUndefined();
    expect(clock.slept).toEqual([100, 200, 400, 800, 1600]);
    expect(await retryAfter(logins.attempt(alice, right))).toBe(4);
    clock.nowMs += 3200;
    await logins.attempt(alice, wrong);
    expect(await retryAfter(logins.attempt(alice, wrong))).toBe(7);
  });

  test("whoever finds the queue full does not let the next one past it", async () => {
    const logins = new FailedLogins(new Clock().options);
    const gate = Promise.withResolvers<void>();
    let begun = 0;
    const held = async () => {
      begun++;
      await gate.promise;
      return "in";
    };
    const queue = Array.from({ length: 257 }, () => logins.attempt(alice, held));
    for (let late = 0; late < 3; late++) expect(await retryAfter(logins.attempt(alice, held))).toBe(1);
    expect(begun).toBe(1);
    gate.resolve();
    await Promise.all(queue);
  });

  test("however many guess, one place gets few guesses at one user in an hour", async () => {
    const clock = new Clock();
    const logins = new FailedLogins(clock.options);
    let guesses = 0;
    for (const end = clock.nowMs + 3600_000; clock.nowMs < end; ) {
      try {
        await logins.attempt(alice, wrong);
        guesses++;
      } catch {
        clock.nowMs += 1000;
      }
    }
    expect(guesses).toBeLessThan(30);
  });

  test("a correct login from elsewhere is never held up, and one from here begins anew", async () => {
    const clock = new Clock();
    const logins = new FailedLogins(clock.options);
    for (let count = 0; count < 6; count++) await logins.attempt(alice, wrong);
    const before = clock.slept.length;
    expect(await logins.attempt({ ...alice, address: "192.0.2.2" }, right)).toBe("in");
    expect(await logins.attempt({ ...alice, userName: "bob" }, right)).toBe("in");
    expect(clock.slept.length).toBe(before);
    clock.nowMs += 3200;
    expect(await logins.attempt(alice, right)).toBe("in");
    await logins.attempt(alice, wrong);
    clock.slept.length = 0;
    await logins.attempt(alice, wrong);
    expect(clock.slept).toEqual([100]);
  });

  test("one place that tries many names is slowed down as well", async () => {
    const clock = new Clock();
    const logins = new FailedLogins(clock.options);
    for (let count = 0; count < 33; count++) {
      await logins.attempt({ address: "192.0.2.1", userName: `user${count}` }, wrong);
    }
    expect(
      await retryAfter(logins.attempt({ address: "192.0.2.1", userName: "another" }, right)),
    ).toBeGreaterThan(2);
    expect(await logins.attempt({ address: "192.0.2.9", userName: "another" }, right)).toBe("in");
  });

  test.each([
    ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
    ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
    ["::ffff:192.0.2.1", "192.0.2.1", true],
    ["fe80::1%eth0", "fe80::2%eth0", true],
    ["::1", "::2", true],
  ])("%s and %s are one place: %p", async (one, other, isSame) => {
    const clock = new Clock();
    const logins = new FailedLogins(clock.options);
    for (let count = 0; count < 7; count++) {
      await logins.attempt({ address: one, userName: "alice" }, wrong).catch(() => {});
    }
    const second = logins.attempt({ address: other, userName: "alice" }, right);
    if (isSame) expect(await retryAfter(second)).toBeGreaterThan(0);
    else expect(await second).toBe("in");
  });

  test("attempts for one user come one after the other, and too many are turned away", async () => {
    const clock = new Clock();
    const logins = new FailedLogins(clock.options);
    let running = 0;
    let most = 0;
    const slow = async () => {
      most = Math.max(most, ++running);
      await Bun.sleep(0);
      running--;
      return "in" as const;
    };
    const results = await Promise.allSettled(Array.from({ length: 400 }, () => logins.attempt(alice, slow)));
    expect(most).toBe(1);
    expect(results.filter(({ status }) => status === "fulfilled").length).toBe(257);
  });

  test("an attempt that breaks is neither a failure nor an end of the line", async () => {
    const clock = new Clock();
    const logins = new FailedLogins(clock.options);
    const broken = logins.attempt(alice, () => Promise.reject(new Error("disk")));
    const next = logins.attempt(alice, right);
    await expect(broken).rejects.toThrow("disk");
    expect(await next).toBe("in");
    expect(clock.slept).toEqual([]);
  });
});
