/** Two `kasane serve` on one store: what one has acknowledged, the other never answers differently. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServeProcess, serveStore } from "../serve-process.ts";

const mediaType = "application/vnd.oci.image.index.v1+json";
const path = "/v2/app/manifests/v1";
const rounds = 150;

let directory: string;
const servers: ServeProcess[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kasane-two-"));
  for (let count = 0; count < 2; count++) servers.push(await serveStore(join(directory, "store")));
});
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function put(url: string, round: number): Promise<string> {
  const annotations = { round: String(round) };
  const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [], annotations });
  const answer = await fetch(url + path, { method: "PUT", headers: { "content-type": mediaType }, body });
  expect(answer.status).toBe(201);
  return answer.headers.get("docker-content-digest")!;
}

async function get(url: string): Promise<string | number> {
  const answer = await fetch(url + path);
  await answer.arrayBuffer();
  return answer.status === 200 ? answer.headers.get("docker-content-digest")! : answer.status;
}

test("a tag that one moves or deletes is moved or gone in the other, which answers from memory", async () => {
  const urls = servers.map(({ url }) => url) as [string, string];
  let isOver = false;
  // Both are busy meanwhile, so that many requests share a turn of their event loops.
  const readers = urls.flatMap((url) =>
    Array.from({ length: 8 }, async () => {
      while (!isOver) await get(url);
    }),
  );
  for (let round = 0; round < rounds; round++) {
    const [here, there] = round % 2 ? urls : (urls.toReversed() as [string, string]);
    const digest = await put(here, round);
    expect(await get(there)).toBe(digest);
    if (round % 3 !== 0) continue;
    await fetch(here + path, { method: "DELETE" });
    expect(await get(there)).toBe(404);
  }
  isOver = true;
  await Promise.all(readers);
}, 60_000);
