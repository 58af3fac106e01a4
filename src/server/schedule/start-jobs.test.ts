import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMemoryBlobs } from "../../blob/mod.ts";
import { messageOf } from "../../lib/mod.ts";
import { openSqliteMeta } from "../../meta/mod.ts";
import { until } from "../testing/until.ts";
import { purgeUploads } from "./purge-uploads.ts";
import { runAlone } from "./run-alone.ts";
import { startJobs } from "./start-jobs.ts";

const noError = (job: string, error: unknown) => {
  throw new Error(`${job}: ${error}`);
};

test("jobs run again and again, a failure does not stop them, and stop() waits for the one under way", async () => {
  const meta = openSqliteMeta(":memory:");
  let runs = 0;
  const failures: string[] = [];
  let end: (() => void) | undefined;
  const jobs = startJobs(
    [
      {
        name: "work",
        intervalMs: () => 10,
        run: async (signal) => {
          runs++;
          if (runs === 2) throw new Error("once");
          if (runs === 4) {
            await new Promise<void>((resolve) => {
              end = resolve;
            });
            expect(signal.aborted).toBe(true);
          }
        },
      },
      { name: "asleep", intervalMs: () => undefined, run: () => Promise.reject(new Error("never")) },
    ],
    { meta, onError: (job, error) => failures.push(`${job}: ${(error as Error).message}`) },
  );
  await until(() => end !== undefined);
  let isStopped = false;
  const stopped = jobs.stop().then(() => {
    isStopped = true;
  });
  await Bun.sleep(5);
  expect(isStopped).toBe(false);
  end!();
  await stopped;
  const after = runs;
  await Bun.sleep(30);
  expect(runs).toBe(after);
  expect(failures).toEqual(["work: once"]);
});

test("of several servers on one store one runs a job, and not more often than one alone would", async () => {
  const directory = await mkdtemp(join(tmpdir(), "kasane-jobs-"));
  const metas = [1, 2, 3].map(() => openSqliteMeta(join(directory, "meta.db")));
  let [running, most, runs] = [0, 0, 0];
  const startedMs = performance.now();
  const servers = metas.map((meta) =>
    startJobs(
      [
        {
          name: "work",
          intervalMs: () => 40,
          run: async () => {
            most = Math.max(most, ++running);
            await Bun.sleep(10);
            running--;
            runs++;
          },
        },
      ],
      { meta, onError: noError },
    ),
  );
  await until(() => runs >= 5);
  // 32 ms of rest and 10 of work for each.
  expect(performance.now() - startedMs).toBeGreaterThan(4 * 40);
  expect(most).toBe(1);
  await Promise.all(servers.map((jobs) => jobs.stop()));
  await Promise.all(metas.map((meta) => meta.close()));
  await rm(directory, { recursive: true });
});

test("runAlone() does not believe a time to come", async () => {
  const meta = openSqliteMeta(":memory:");
  await meta.settings.put("x", String(Date.now() + 1e9));
  const work = async () => {};
  expect(await runAlone(meta, "x", { restMs: 1e6, work })).toBe(true);
  expect(await runAlone(meta, "x", { restMs: 1e6, work })).toBe(false);
  expect(await runAlone(meta, "x", { restMs: 0, work })).toBe(true);
});

test("purgeUploads() takes what has rested long enough and nobody is writing", async () => {
  const [blobs, meta] = [openMemoryBlobs(), openSqliteMeta(":memory:")];
  const put = async (id: string) => {
    const upload = await blobs.begin({ id, algorithm: "sha256" });
    await upload.write(new Uint8Array(3));
    await meta.uploads.put({ id, repository: "a", startedAtMs: Date.now(), offset: 3 });
    await upload.suspend();
  };
  const ids = [crypto.randomUUID(), crypto.randomUUID()] as const;
  for (const id of ids) await put(id);
  expect(await purgeUploads({ blobs, meta }, { olderThanMs: 60_000 })).toBe(0);
  const lease = await meta.leases.acquire({ purpose: "request", ttlMs: 60_000 });
  await meta.leases.lock(lease, `upload:${ids[0]}`);
  await Bun.sleep(2);
  expect(await purgeUploads({ blobs, meta }, { olderThanMs: 0 })).toBe(1);
  expect(await meta.uploads.get(ids[0])).toBeDefined();
  expect(await meta.uploads.get(ids[1])).toBeUndefined();
  expect((await Array.fromAsync(blobs.listUploads())).map(({ id }) => id)).toEqual([ids[0]]);
});

test("a job that a full disk stops is tried again once there is some room", async () => {
  const meta = openSqliteMeta(":memory:");
  const failures: string[] = [];
  let runs = 0;
  let rooms = 1;
  const jobs = startJobs(
    [
      {
        name: "work",
        intervalMs: () => 5,
        run: () => {
          runs++;
          return Promise.reject(new Error(`full ${runs}`));
        },
      },
    ],
    { meta, onError: (_, error) => failures.push(messageOf(error)), makeRoom: () => rooms-- > 0 },
  );
  await until(() => failures.length >= 2);
  await jobs.stop();
  expect(failures.slice(0, 2)).toEqual(["full 2", "full 3"]);
});
