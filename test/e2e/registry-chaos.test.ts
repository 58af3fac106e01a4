/**
 * Many clients push, mount, delete and pull at random, garbage is collected and the store checked meanwhile, and the servers are killed
 * and started again and again. KASANE_CHAOS_SECONDS makes it longer, KASANE_TEST_SEED repeats what clients do (not when).
 */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../../src/oci/mod.ts";
import { collectGarbage, openLocalStore } from "../../src/store/mod.ts";
import { scratch } from "../interop/peers.ts";
import { kasane, run, runOk } from "../outside.ts";
import { Client } from "./chaos/client.ts";
import { makePool, randomFrom } from "./chaos/images.ts";
import { Model } from "./chaos/model.ts";
import { MortalServer } from "./chaos/server.ts";
import { verify } from "./chaos/verify.ts";

const seconds = Number(process.env.KASANE_CHAOS_SECONDS ?? 45);
const seed = Number(process.env.KASANE_TEST_SEED ?? Math.floor(Math.random() * 1e9));
const isRoot = process.getuid?.() === 0;
const repositories = ["one", "two", "team/app", "team/app/deep"];
const tags = ["latest", "v1", "v2", "v3", "a-tag"];
const clients = 12;
/** Far shorter than anybody would have it: half of the clients' pushes race against it. */
const graceMs = 3_000;
const collectWorker = join(import.meta.dir, "chaos/collect-worker.ts");

interface Fsck {
  readonly findings: readonly { readonly kind: string }[];
}

async function fsck(root: string): Promise<Fsck> {
  const { code, out, err } = await run([kasane, "--root", root, "fsck", "--format", "json"]);
  if (out === "") throw new Error(`fsck ended with ${code}: ${err}`);
  return JSON.parse(out);
}

const emptyTables = [
  ...["repositories", "repository_blobs", "repository_manifests", "repository_tags"],
  ...["deleted_tags", "deleted_manifests", "reviews", "blobs", "manifests", "edges", "claims", "lease_keys"],
];

/** With everything deleted the collector leaves nothing: no blob, no manifest, no review that is forgotten or kept for ever. */
async function emptyStore(root: string): Promise<void> {
  const store = await openLocalStore(root);
  const files: unknown[] = [];
  try {
    const { repositories: hosted } = store.meta;
    for (const repository of await hosted.list({ limit: 1000 })) {
      for (const { digest } of await allManifests(root, repository))
        await hosted.deleteManifest(repository, digest);
    }
    // As if the time had passed in which tags can be brought back.
    const database = new Database(join(root, "meta.db"));
    database.run("UPDATE deleted_tags SET expires_at = 0");
    database.run("UPDATE deleted_manifests SET expires_at = 0");
    database.close();
    await store.prune({ uploadsOlderThanMs: -1 });
    // Rows of uploads whose server died between the last byte and the last word; a server purges them by their age.
    for (const { id } of await store.meta.uploads.olderThan(Date.now() + 1))
      await store.meta.uploads.delete(id);
    await collectGarbage(store, { graceMs: Number.NEGATIVE_INFINITY });
    files.push(
      ...(await Array.fromAsync(store.blobs.list())),
      ...(await Array.fromAsync(store.blobs.listUploads())),
    );
  } finally {
    await store.close();
  }
  const database = new Database(join(root, "meta.db"));
  const left = Object.fromEntries(
    emptyTables.map((table) => [table, database.query(`SELECT * FROM ${table} LIMIT 3`).all()]),
  );
  database.close();
  expect({ files, ...left }).toEqual({
    files: [],
    ...Object.fromEntries(emptyTables.map((table) => [table, []])),
  });
}

async function allManifests(root: string, repository: string): Promise<{ digest: Digest }[]> {
  const database = new Database(join(root, "meta.db"));
  try {
    return database.query("SELECT digest FROM repository_manifests WHERE repository = ?").all(repository) as {
      digest: Digest;
    }[];
  } finally {
    database.close();
  }
}

/** Uploads that a killed server left are nobody's fault, garbage that the collector forgot is. */
const problemsOf = (report: Fsck) => report.findings.filter((each) => each.kind !== "abandoned-upload");

test(
  "acknowledged means kept: clients, garbage collection and kill -9 at random",
  async () => {
    console.info(`seed ${seed}, ${seconds} s`);
    await using directory = await scratch("chaos");
    const root = join(directory.path, "store");
    const violations: string[] = [];
    const violation = (text: string) => violations.push(text);
    const random = randomFrom(seed);
    const pool = makePool(seed, { images: 60, layers: 40, maxBytes: 1_500_000 });
    const model = new Model();
    const servers = [new MortalServer(root), new MortalServer(root)];
    for (const server of servers) await server.start();
    const done: Record<string, number> = {};
    const endMs = performance.now() + seconds * 1000;
    const isOver = () => performance.now() > endMs || violations.length > 0;

    const client = async (number: number) => {
      const options = { servers, model, pool, repositories, tags, violation, graceMs, done };
      const each = new Client({
        ...options,
        ownRepository: `own/${number}`,
        random: randomFrom(seed + 1000 + number),
      });
      while (!isOver()) await each.step();
    };
    const killer = async () => {
      while (!isOver()) {
        await Bun.sleep(200 + random() ** 2 * 4000);
        const server = servers[Math.floor(random() * servers.length)]!;
        await server.kill();
        if (random() < 0.3) await Bun.sleep(random() * 300);
        await server.start();
      }
    };
    const impatient = async () => {
      while (!isOver()) {
        const worker = Bun.spawn([process.execPath, collectWorker, root, String(graceMs)], {
          stdin: "ignore",
          stdout: "ignore",
          stderr: "pipe",
        });
        const said = new Response(worker.stderr).text();
        await Promise.race([worker.exited, Bun.sleep(300 + random() * 3000)]);
        worker.kill("SIGKILL");
        await worker.exited;
        if ((await said) !== "") violation(`collector: ${await said}`);
        done.collectors = (done.collectors ?? 0) + 1;
      }
    };
    const collecting = () => (random() < 0.5 ? ["gc", "--grace", `${graceMs}ms`] : ["system", "prune", "-f"]);
    const pruner = async () => {
      while (!isOver()) {
        const child = Bun.spawn([kasane, "--root", root, ...collecting()], {
          stdin: "ignore",
          stdout: "ignore",
          stderr: "pipe",
        });
        const isKilled = random() < 0.4;
        const timer = isKilled ? setTimeout(() => child.kill("SIGKILL"), random() * 400) : undefined;
        const said = await new Response(child.stderr).text();
        const code = await child.exited;
        clearTimeout(timer);
        if (!isKilled && code !== 0) violation(`garbage collection ended with ${code}: ${said}`);
        done.gc = (done.gc ?? 0) + 1;
        await Bun.sleep(random() ** 2 * 500);
      }
    };
    const checker = async () => {
      while (!isOver()) {
        await Bun.sleep(2000 + random() * 4000);
        const problems = problemsOf(await fsck(root));
        if (problems.length > 0)
          violation(`fsck beside the servers: ${JSON.stringify(problems.slice(0, 3))}`);
        done.fsck = (done.fsck ?? 0) + 1;
      }
    };
    try {
      const all = Array.from({ length: clients }, (_, number) => client(number));
      await Promise.all([...all, killer(), impatient(), pruner(), checker()]);
      const kills = servers.reduce((sum, server) => sum + server.kills, 0);
      const { violations: found, checked } = await verify(servers[0]!.url, model, pool);
      violations.push(...found);
      console.info(`${JSON.stringify(done)}, ${kills} kills, ${checked} promises checked`);
      expect({ seed, violations, said: servers.map((server) => server.said) }).toEqual({
        seed,
        violations: [],
        said: ["", ""],
      });
      expect(problemsOf(await fsck(root))).toEqual([]);
      expect(done.push).toBeGreaterThan(10);
    } finally {
      await Promise.all(servers.map((server) => server.kill("SIGTERM")));
    }
    expect(problemsOf(await fsck(root))).toEqual([]);
    await emptyStore(root);
  },
  seconds * 1000 + 120_000,
);

// A file system of its own needs root.
test.skipIf(!isRoot)(
  "a disk that is full: clean refusals, nothing half there, and all is well when there is room again",
  async () => {
    console.info(`seed ${seed}`);
    await using directory = await scratch("chaos-full");
    const mount = join(directory.path, "small");
    mkdirSync(mount);
    await runOk(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", mount]);
    try {
      const root = join(mount, "store");
      const ballast = join(mount, "ballast");
      const violations: string[] = [];
      const violation = (text: string) => violations.push(text);
      const random = randomFrom(seed);
      const pool = makePool(seed, { images: 60, layers: 40, maxBytes: 2_000_000 });
      const model = new Model();
      const server = new MortalServer(root);
      await server.start();
      const done: Record<string, number> = {};
      const endMs = performance.now() + Math.min(seconds, 20) * 1000;
      const isOver = () => performance.now() > endMs || violations.length > 0;
      const client = async (number: number) => {
        const options = {
          servers: [server],
          model,
          pool,
          repositories,
          tags,
          violation,
          graceMs: 60_000,
          done,
        };
        const each = new Client({
          ...options,
          mayBeFull: true,
          ownRepository: `own/${number}`,
          random: randomFrom(seed + 2000 + number),
        });
        while (!isOver()) await each.step();
      };
      /** Takes all room but a little, then gives it back. */
      const filler = async () => {
        while (!isOver()) {
          await Bun.sleep(random() * 1000);
          const { bavail, bsize } = statfsSync(mount);
          const room = bavail * bsize - Math.floor(random() * 300_000);
          try {
            if (room > 0) writeFileSync(ballast, new Uint8Array(room));
          } catch {
            // Clients took the room meanwhile: it is as full as can be.
          }
          await Bun.sleep(random() * 1500);
          rmSync(ballast, { force: true });
        }
      };
      const killer = async () => {
        while (!isOver()) {
          await Bun.sleep(2000 + random() * 3000);
          await server.kill();
          rmSync(ballast, { force: true });
          await server.start();
        }
      };
      try {
        await Promise.all([...Array.from({ length: 6 }, (_, number) => client(number)), filler(), killer()]);
        rmSync(ballast, { force: true });
        const { violations: found, checked } = await verify(server.url, model, pool);
        violations.push(...found);
        console.info(`${JSON.stringify(done)}, ${server.kills} kills, ${checked} promises checked`);
        if (violations.length > 0) console.info(server.said);
        expect({ seed, violations }).toEqual({ seed, violations: [] });
        expect(problemsOf(await fsck(root))).toEqual([]);
      } finally {
        await server.kill("SIGTERM");
      }
    } finally {
      await run(["umount", "--lazy", mount]);
    }
  },
  180_000,
);
