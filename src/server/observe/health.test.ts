import { expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteMeta } from "../../meta/mod.ts";
import { createHealth, storeChecks } from "./health.ts";

test("a server whose checks pass is ready, and not while it shuts down", async () => {
  const health = createHealth({ good: async () => {} });
  expect(health.alive().status).toBe(200);
  expect((await health.ready()).status).toBe(200);
  expect(await (await health.debug()).json()).toEqual({});
  health.beginShutdown();
  const ready = await health.ready();
  expect(ready.status).toBe(503);
  expect(await ready.json()).toEqual({ status: "failing", failing: ["server"] });
  expect(health.alive().status).toBe(200);
});

test("strangers learn which check fails, and only the debug address why", async () => {
  const health = createHealth({
    good: async () => {},
    bad: async () => {
      throw new Error("EROFS: /secret/path");
    },
  });
  const ready = await health.ready();
  expect(ready.status).toBe(503);
  expect(await ready.text()).toBe('{"status":"failing","failing":["bad"]}');
  const debug = await health.debug();
  expect(debug.status).toBe(503);
  expect(await debug.json()).toEqual({ bad: "EROFS: /secret/path" });
});

test("many probes are one check a second", async () => {
  let runs = 0;
  const health = createHealth({ counted: async () => runs++ });
  await Promise.all(Array.from({ length: 50 }, () => health.ready()));
  await health.debug();
  expect(runs).toBe(1);
});

test("storeChecks() try the database and the directory, and leave nothing behind", async () => {
  const root = await mkdtemp(join(tmpdir(), "kasane-health-"));
  const meta = openSqliteMeta(join(root, "meta.db"));
  const ready = await createHealth(storeChecks({ meta, root })).ready();
  expect(ready.status).toBe(200);
  expect((await readdir(root)).filter((name) => !name.startsWith("meta.db"))).toEqual([]);
  await meta.close();
  await rm(root, { recursive: true });
  const debug = await createHealth(storeChecks({ meta, root })).debug();
  expect(Object.keys((await debug.json()) as object).sort()).toEqual(["database", "storage"]);
});
