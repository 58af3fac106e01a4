/**
 * What a list costs is decided by how SQLite finds its rows, and not by who has pushed what elsewhere: a page reads its own rows and
 * nothing else. Looked at in the plans of the very statements that the lists run, so no clock is needed.
 */
import type { SQLQueryBindings } from "bun:sqlite";
import { beforeEach, expect, test } from "bun:test";
import { repositoryTable } from "./repositories.ts";
import { SqliteDatabase } from "./sqlite-database.ts";
import { digest } from "./testing/sample-records.ts";
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
    return seen
      .splice(0)
      .flatMap(({ sql, values }) => super.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values))
      .map(({ detail }) => detail);
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
