import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { digestOf, mediaTypes } from "../../src/oci/mod.ts";
import { openLocalStore } from "../../src/store/mod.ts";
import { scratch } from "../../test/interop/peers.ts";
import { type Contender, type Running, start } from "./contender.ts";
import { median } from "./rows.ts";

const repositories = 10_000;
const tags = 100;
const pageItems = 100;

/** How long pages take in a store of many images, first and last, and a start on it beside a start on an empty one. */
export async function measureListing(contender: Contender): Promise<void> {
  await using directory = await scratch("bench-list");
  const empty: number[] = [];
  const full: number[] = [];
  for (let time = 0; time < 5; time++)
    empty.push(await startTime(contender, join(directory.path, `empty-${time}`)));
  const seeded = join(directory.path, "seeded");
  await seed(join(seeded, "store"));
  for (let time = 0; time < 5; time++) full.push(await startTime(contender, seeded));
  console.log(
    `start-up with no image ${median(empty).toFixed(0)} ms, with ${repositories} × ${tags} ${median(full).toFixed(0)} ms`,
  );
  const running = await start(contender, seeded);
  try {
    const lastRepository = repositoryName(repositories - 1 - pageItems);
    const pages = {
      "catalog, first page": `/v2/_catalog?n=${pageItems}`,
      "catalog, last page": `/v2/_catalog?n=${pageItems}&last=${lastRepository}`,
      "tags of the first, first page": `/v2/${repositoryName(0)}/tags/list?n=10`,
      "tags of the last, last page": `/v2/${repositoryName(repositories - 1)}/tags/list?n=10&last=${tagName(tags - 11)}`,
    };
    for (const [title, path] of Object.entries(pages)) {
      const times = await pageTimes(running, contender, path);
      console.log(`${title.padEnd(32)} ${(median(times) * 1000).toFixed(0)} µs`);
    }
  } finally {
    await running.stop();
  }
}

async function startTime(contender: Contender, directory: string): Promise<number> {
  await mkdir(directory, { recursive: true });
  const running = await start(contender, directory);
  await running.stop();
  return running.startMs;
}

const repositoryName = (index: number) => `bench/repository-${String(index).padStart(5, "0")}`;
const tagName = (index: number) => `v${String(index).padStart(3, "0")}`;

/** Straight into the tables, by their own door. */
async function seed(root: string): Promise<void> {
  const store = await openLocalStore(root);
  try {
    const names = Array.from({ length: tags }, (_, index) => tagName(index));
    for (let index = 0; index < repositories; index++) {
      const bytes = new TextEncoder().encode(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: mediaTypes.ociIndex,
          manifests: [],
          annotations: { number: String(index) },
        }),
      );
      const record = {
        digest: digestOf(bytes),
        mediaType: mediaTypes.ociIndex,
        bytes,
        layers: [],
        children: [],
      };
      await store.meta.repositories.putManifest(repositoryName(index), record, names);
    }
  } finally {
    await store.close();
  }
}

async function pageTimes({ host }: Running, { headers }: Contender, path: string): Promise<number[]> {
  const times: number[] = [];
  for (let time = 0; time < 200; time++) {
    const startedMs = performance.now();
    const answer = await fetch(`http://${host}${path}`, { headers });
    const page = (await answer.json()) as { repositories?: string[]; tags?: string[] };
    times.push(performance.now() - startedMs);
    const items = (page.repositories ?? page.tags)!.length;
    if (items === 0) throw new Error(`${path} is empty`);
  }
  return times;
}
