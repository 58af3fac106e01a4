import { expect, test } from "bun:test";
import { openSqliteMeta } from "../meta/mod.ts";
import { ProcessLease, withLease } from "./lease.ts";

test("withLease() holds until its work ends, also when it fails", async () => {
  const meta = openSqliteMeta(":memory:");
  await withLease(meta, "work", async (lease) => {
    await meta.leases.hold(lease, ["k"]);
    expect(await meta.leases.isHeld("k")).toBe(true);
  });
  expect(await meta.leases.isHeld("k")).toBe(false);
  const failing = withLease(meta, "work", async (lease) => {
    await meta.leases.hold(lease, ["k"]);
    throw new Error("broken");
  });
  await expect(failing).rejects.toThrow("broken");
  expect(await meta.leases.isHeld("k")).toBe(false);
  await meta.close();
});

test("ProcessLease takes a new lease when its own ended while the process was stopped", async () => {
  const meta = openSqliteMeta(":memory:");
  const lease = new ProcessLease(meta);
  await lease.hold("before");
  await lease.use((id) => meta.leases.release(id));
  await Promise.all([lease.hold("a"), lease.hold("b")]);
  expect(await meta.leases.isHeld("a")).toBe(true);
  expect(await meta.leases.isHeld("b")).toBe(true);
  expect(await meta.leases.isHeld("before")).toBe(false);
  await lease.release();
  expect(await meta.leases.isHeld("a")).toBe(false);
  await lease.release();
  await meta.close();
});
