import { expect, test } from "bun:test";
import { KasaneError } from "../lib/mod.ts";
import { openSqliteMeta } from "../meta/mod.ts";
import { ServerLease } from "./server-lease.ts";

test("holding() holds its keys while the work runs, also when it fails", async () => {
  const { leases } = openSqliteMeta(":memory:");
  const lease = new ServerLease(leases);
  await lease.holding(["upload:a"], async () => expect(await leases.isHeld("upload:a")).toBe(true));
  expect(await leases.isHeld("upload:a")).toBe(false);
  await expect(lease.holding(["upload:a"], () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await leases.isHeld("upload:a")).toBe(false);
});

test("lock() is for one at a time", async () => {
  const lease = new ServerLease(openSqliteMeta(":memory:").leases);
  const unlock = await lease.lock("upload:a");
  expect(unlock).toBeDefined();
  expect(await lease.lock("upload:a")).toBeUndefined();
  await unlock!();
  expect(await lease.lock("upload:a")).toBeDefined();
});

test("a lease that ended is replaced", async () => {
  const { leases } = openSqliteMeta(":memory:");
  let acquired: Parameters<typeof leases.release>[0] | undefined;
  const lease = new ServerLease({
    ...leases,
    async acquire(options) {
      acquired = await leases.acquire(options);
      return acquired;
    },
  });
  await lease.holding(["upload:a"], async () => {});
  await leases.release(acquired!);
  await lease.holding(["upload:a"], async () => expect(await leases.isHeld("upload:a")).toBe(true));
});

test("a lease is renewed when it is half spent", async () => {
  const { leases } = openSqliteMeta(":memory:");
  let renewals = 0;
  const counting = {
    ...leases,
    renew: async (...args: Parameters<typeof leases.renew>) => {
      renewals++;
      await leases.renew(...args);
    },
  };
  const lease = new ServerLease(counting, { lifetimeMs: 0 });
  await lease.lock("upload:a");
  await lease.lock("upload:b");
  expect(renewals).toBeGreaterThan(0);
});

test("a renewal that failed is tried again with the next request", async () => {
  const { leases } = openSqliteMeta(":memory:");
  let isFull = false;
  const lease = new ServerLease(
    {
      ...leases,
      renew: async (...args) => {
        if (isFull) throw new KasaneError("no-space", "the disk is full");
        await leases.renew(...args);
      },
    },
    { lifetimeMs: 0 },
  );
  await lease.lock("upload:a");
  isFull = true;
  await expect(lease.lock("upload:b")).rejects.toThrow("full");
  isFull = false;
  expect(await lease.lock("upload:b")).toBeDefined();
});
