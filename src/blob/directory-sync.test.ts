import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { DirectorySync } from "./directory-sync.ts";

test("DirectorySync shares one fsync among all who ask while another runs", async () => {
  const directories = new DirectorySync();
  const first = directories.sync(tmpdir());
  const second = directories.sync(tmpdir());
  const third = directories.sync(tmpdir());
  expect(second).not.toBe(first);
  expect(third).toBe(second);
  await Promise.all([first, second, third]);
  await directories.sync(tmpdir());
});

test("DirectorySync reports a failure to its callers and goes on", async () => {
  const directories = new DirectorySync();
  const attempts = [1, 2, 3].map(() => directories.sync("/nowhere/at/all"));
  for (const { status } of await Promise.allSettled(attempts)) expect(status).toBe("rejected");
  await directories.sync(tmpdir());
});
