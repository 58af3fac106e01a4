/**
 * What a request costs is decided by how SQLite finds its rows, and not by who has pushed what elsewhere: a page reads its own rows and
 * nothing else. Looked at in the plans of the very statements that requests run, so no clock is needed.
 */
import type { SQLQueryBindings } from "bun:sqlite";
import { beforeEach, expect, test } from "bun:test";
import { garbageTable } from "./garbage.ts";
import { imageTable } from "./images.ts";
import { manifestTable } from "./manifests.ts";
import { repositoryTable } from "./repositories.ts";
import { reviewTable } from "./reviews.ts";
import { SqliteDatabase } from "./sqlite-database.ts";
import { digest, manifestRecord } from "./testing/sample-records.ts";
import { upstreamTable } from "./upstreams.ts";

const seen: { sql: string; values: SQLQueryBindings[] }[] = [];

class Recorded extends SqliteDatabase {
  override all<T>(sql: string, ...values: SQLQueryBindings[]): T[] {
    seen.push({ sql, values });
    return super.all<T>(sql, ...values);
  }

  override first<T>(sql: string, ...values: SQLQueryBindings[]): T | undefined {
    seen.push({ sql, values });
    return super.first<T>(sql, ...values);
  }

  plans(): string[] {
    return seen.splice(0).flatMap(({ sql, values }) => this.planOf(sql, values));
  }

  planOf(sql: string, values: SQLQueryBindings[]): string[] {
    return super.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values).map(({ detail }) => detail);
  }
}

const database = new Recorded(":memory:", { readOnly: false });
const repositories = repositoryTable(database);
const page = { after: "m", limit: 100 };
const after = digest("after");
beforeEach(() => {
  seen.length = 0;
});

test.each<[name: string, list: () => Promise<unknown>, found: RegExp]>([
  ["the catalog", () => repositories.list(page), /SEARCH repositories USING PRIMARY KEY \(name>\?\)/],
  [
    "tags",
    () => repositories.listTags("r", page),
    /SEARCH repository_tags USING PRIMARY KEY \(repository=\? AND tag>\?\)/,
  ],
  [
    "tags with their times",
    () => repositories.tagDetails("r", page),
    /SEARCH t USING PRIMARY KEY \(repository=\? AND tag>\?\)/,
  ],
  [
    "referrers, not those in other repositories",
    () => repositories.referrers("r", digest("subject"), { after, limit: 10 }),
    /SEARCH f USING PRIMARY KEY \(repository=\? AND subject=\? AND digest>\?\)/,
  ],
  [
    "referrers of one type, not those of others",
    () => repositories.referrers("r", digest("subject"), { after, limit: 10, artifactType: "a/b" }),
    /SEARCH f USING COVERING INDEX referrers_by_type \(repository=\? AND subject=\? AND artifact_type=\? AND digest>\?\)/,
  ],
  [
    "repositories with a blob",
    () => repositories.repositoriesWithBlob(digest("b"), page),
    /SEARCH repository_blobs USING (COVERING )?INDEX repository_blobs_by_digest \(digest=\? AND repository>\?\)/,
  ],
  [
    "what nobody pulls",
    () => upstreamTable(database).unused(5, { limit: 10 }),
    /SEARCH upstream_manifests USING (COVERING )?INDEX \S+ /,
  ],
])("%s: a page starts at its key, in order", async (_, list, found) => {
  await list();
  expect(seen.length).toBe(1);
  const plans = database.plans();
  expect(plans.join("\n")).toMatch(found);
  for (const line of plans) expect(line).not.toMatch(/SCAN|TEMP B-TREE/);
});

test("the images of one repository, however many there are of others", async () => {
  const images = imageTable(database);
  const list = () => images.listFacts({ repositories: ["docker.io/library/nginx"] });
  await manifestTable(database).put(manifestRecord("nginx"));
  await images.put({ target: digest("nginx"), names: ["docker.io/library/nginx:1"], facts: [] });
  seen.length = 0;
  expect((await list()).length).toBe(1);
  const plans = database.plans();
  expect(plans.length).toBeGreaterThan(6);
  for (const line of plans) expect(line).not.toMatch(/SCAN (?!j\b|CONSTANT ROW|\(subquery)/);
});

test("what a request asks for by key is never searched for", async () => {
  const subject = digest("subject");
  for (const reference of [{ tag: "t" }, { digest: subject }]) await repositories.getManifest("r", reference);
  await repositories.hasBlob("r", subject);
  await repositories.touch("r", subject);
  await repositories.exists("r");
  await repositories.usage("r");
  await repositories.checkRoom("r", { digest: subject, sizeBytes: 1 }, { quota: { totalBytes: 5 } });
  await upstreamTable(database).blobSize("r", subject);
  await upstreamTable(database).getTag("r", "t");
  const plans = database.plans();
  expect(plans.length).toBeGreaterThan(9);
  for (const line of plans) expect(line).not.toMatch(/SCAN (?!CONSTANT ROW)|TEMP B-TREE/);
});

test("however many manifests elsewhere name a digest, nobody walks over them", async () => {
  const [image, index] = [
    manifestRecord("image", { config: "config", layers: ["popular"] }),
    manifestRecord("index", { children: ["image"] }),
  ];
  const upstreams = upstreamTable(database);
  for (const name of ["config", "popular", "loose"]) {
    await repositories.linkBlob("r", { digest: digest(name), sizeBytes: 1 });
  }
  for (const record of [image, index])
    await repositories.putManifest("r", record, [`of-${record.digest.slice(7, 12)}`]);
  await upstreams.putManifest("m", image, { tag: "t", atMs: 1 });
  seen.length = 0;
  const isImmutable = () => false;
  await upstreams.blobSize("r", digest("popular"));
  await repositories.unlinkBlob("r", digest("loose"), { isImmutable });
  await repositories.deleteManifest("r", image.digest, { isImmutable, undoMs: 60_000 });
  await repositories.deleteManifest("r", index.digest, { isImmutable, undoMs: 60_000 });
  await upstreams.drop({ repository: "m", digest: image.digest, usedAtMs: 1 }, { isImmutable });
  await garbageTable(database).isLive(digest("popular"));
  await reviewTable(database).collect({ graceMs: 0, untaggedAfterMs: 0, limit: 50 });
  const walks = seen
    .splice(0)
    .filter(({ sql, values }) =>
      database
        .planOf(sql, values)
        .some((line) => /edges_by_target \(target=\?|SCAN (edges|e|manifests|m)\b/.test(line)),
    )
    .map(({ sql }) => sql);
  expect(walks.length).toBeGreaterThan(3);
  for (const sql of walks) expect(sql).toMatch(/LIMIT \?$/);
});
