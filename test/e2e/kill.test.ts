/**
 * A process that works on a store is killed at random moments; whatever it was doing, the store works afterwards and holds at most garbage that
 * the next prune takes away. KASANE_TEST_SEED repeats a run as far as the machine's timing allows.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyImage } from "../../src/image/mod.ts";
import { treeOf } from "../../src/layer/testing/tree-of.ts";
import { openLocalStore } from "../../src/store/mod.ts";
import { checkStore } from "./check-store.ts";
import { randomFrom, testImages } from "./kill-worker.ts";

const seed = Number(process.env.KASANE_TEST_SEED ?? Math.floor(Math.random() * 1e9));
const random = randomFrom(seed);
const trees = new Map<string, string[]>();
let scratch = "";

beforeAll(async () => {
  console.info(`seed ${seed}`);
  scratch = await mkdtemp(join(tmpdir(), "kasane-kill-"));
  const root = join(scratch, "expected");
  const store = await openLocalStore(root);
  for (const [position, image] of (await testImages()).entries()) {
    await store.withLease("expected", async (lease) => {
      const names = [`docker.io/library/x${position}:latest`];
      await copyImage(image, store.sink({ lease, names }), { platforms: "all" });
      await store.unpack(await store.find(`x${position}`), { lease });
    });
  }
  for (const name of await readdir(join(root, "unpacked")))
    trees.set(name, treeOf(join(root, "unpacked", name, "fs")));
  await store.close();
});
afterAll(async () => {
  Bun.spawnSync(["rm", "-rf", scratch]);
});

function start(root: string, workerSeed: number, steps?: number) {
  const command = [process.execPath, join(import.meta.dir, "kill-worker.ts"), root, String(workerSeed)];
  if (steps !== undefined) command.push(String(steps));
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const errors = new Response(child.stderr).text();
  return { child, errors };
}

/** Kills the worker some time after it is ready, and sees that it had no failure of its own until then. */
async function killLater({ child, errors }: ReturnType<typeof start>, afterMs: number): Promise<void> {
  for await (const _ of child.stdout) break;
  await Bun.sleep(afterMs);
  child.kill("SIGKILL");
  await child.exited;
  expect(await errors).toBe("");
  expect(child.signalCode).toBe("SIGKILL");
}

test("killed while it works, alone and among others, the store stays whole", async () => {
  const root = join(scratch, "work");
  for (let round = 0; round < 24; round++) {
    const workers = Array.from({ length: 1 + (round % 4) }, () => start(root, random(1e9)));
    await Promise.all(workers.map((worker) => killLater(worker, random(250))));
    await checkStore(root, trees);
  }
}, 60_000);

test("killed while it makes the store, the next one makes it", async () => {
  for (let round = 0; round < 12; round++) {
    const root = join(scratch, `new-${round}`);
    const { child } = start(root, random(1e9));
    await Bun.sleep(40 + random(120));
    child.kill("SIGKILL");
    await child.exited;
    await checkStore(root, trees);
  }
}, 30_000);

test("ten at once, half of them killed, get everything done", async () => {
  const root = join(scratch, "ten");
  const workers = Array.from({ length: 10 }, (_, index) =>
    start(root, random(1e9), index % 2 ? undefined : 25),
  );
  await Promise.all(
    workers.map(async (worker, index) => {
      if (index % 2) return killLater(worker, 200 + random(800));
      expect(await worker.errors).toBe("");
      expect(await worker.child.exited).toBe(0);
    }),
  );
  await checkStore(root, trees);
  const store = await openLocalStore(root);
  await store.prune({ all: true });
  expect(await store.list()).toEqual([]);
  for (const folder of ["blobs/sha256", "indexes/sha256", "unpacked", "tmp", "uploads"]) {
    expect(await readdir(join(root, folder)).catch(() => [])).toEqual([]);
  }
  await store.close();
}, 60_000);
